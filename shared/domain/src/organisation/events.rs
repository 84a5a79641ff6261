//! What can have happened to an organisation.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decider::Event;
use crate::values::{ImportId, OfficeKind, OrganisationId, OrganisationKind, PersonId, Text};

/// An office as somebody holds it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct HeldOffice {
    /// Where.
    pub organisation: OrganisationId,
    /// Kind of that organisation.
    pub organisation_kind: OrganisationKind,
    /// Whether that organisation has no parent: the university's own committee.
    pub is_university: bool,
    /// Kind of office.
    pub office: OfficeKind,
}

/// What is known of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Profile {
    /// 组织编号.
    pub number: Text<32>,
    /// 组织名称.
    pub name: Text<200>,
    /// Kind, right of approval included.
    pub kind: OrganisationKind,
    /// The organisation above; none for the university's committee.
    pub parent: Option<OrganisationId>,
    /// 对应单位 in the personnel roster.
    pub unit: Option<Text<200>>,
    /// 对应教研室 in the personnel roster.
    pub room: Option<Text<200>>,
    /// 成立时间.
    pub founded_on: Option<Date>,
}

/// An event of an organisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event")]
pub enum OrganisationEvent {
    /// First seen.
    OrganisationRegistered {
        /// What is known.
        profile: Profile,
        /// The run that brought it, if one did.
        import: Option<ImportId>,
    },
    /// Name, kind, place or unit changed.
    OrganisationChanged {
        /// What is known now.
        profile: Profile,
        /// The run that brought it, if one did.
        import: Option<ImportId>,
    },
    /// Somebody took an office.
    OfficeTaken {
        /// Who.
        person: PersonId,
        /// Kind of office.
        office: OfficeKind,
        /// 职务 as written.
        title: Text<60>,
        /// 任职时间.
        from: Date,
        /// 免职时间, exclusive: on that day the office is no longer held.
        until: Option<Date>,
    },
    /// An office ended, or its end became known.
    OfficeEnded {
        /// Whose.
        person: PersonId,
        /// Which.
        office: OfficeKind,
        /// 职务 as written.
        title: Text<60>,
        /// When it began.
        from: Date,
        /// First day on which it is no longer held.
        until: Date,
    },
}

impl Event for OrganisationEvent {
    fn name(&self) -> &'static str {
        match self {
            Self::OrganisationRegistered { .. } => "OrganisationRegistered",
            Self::OrganisationChanged { .. } => "OrganisationChanged",
            Self::OfficeTaken { .. } => "OfficeTaken",
            Self::OfficeEnded { .. } => "OfficeEnded",
        }
    }

    fn occurred_on(&self) -> Option<Date> {
        match self {
            Self::OfficeTaken { from, .. } => Some(*from),
            Self::OfficeEnded { until, .. } => Some(*until),
            Self::OrganisationRegistered { .. } | Self::OrganisationChanged { .. } => None,
        }
    }

    fn names() -> &'static [&'static str] {
        &["OrganisationRegistered", "OrganisationChanged", "OfficeTaken", "OfficeEnded"]
    }
}

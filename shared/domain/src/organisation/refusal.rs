//! Why a command about an organisation is refused.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::decider::Refuse;

/// A broken rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrganisationRefusal {
    /// No organisation has this id.
    #[error("there is no such organisation")]
    Unknown,
    /// An organisation cannot stand above itself.
    #[error("an organisation cannot stand above itself")]
    ParentIsItself,
    /// A term cannot end before it begins.
    #[error("the term begins on {from} and would end on {until}")]
    TermReversed {
        /// Begin.
        from: Date,
        /// End.
        until: Date,
    },
    /// Nobody holds that office.
    #[error("the person does not hold that office")]
    OfficeNotHeld,
}

impl Refuse for OrganisationRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "organisation_unknown",
            Self::ParentIsItself => "organisation_parent_is_itself",
            Self::TermReversed { .. } => "office_term_reversed",
            Self::OfficeNotHeld => "office_not_held",
        }
    }

    fn facts(&self) -> Value {
        match self {
            Self::TermReversed { from, until } => json!({ "from": from, "until": until }),
            Self::Unknown | Self::ParentIsItself | Self::OfficeNotHeld => json!({}),
        }
    }
}

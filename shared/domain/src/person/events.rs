//! What can have happened to a person's record.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decider::Event;
use crate::values::{Basis, Category, ImportId, Sensitive};

/// A field of a person's record. Values are normalised text; dates are `YYYY-MM-DD` or `YYYY-MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// 工号.
    StaffNumber,
    /// 姓名.
    Name,
    /// 性别.
    Sex,
    /// 出生年月.
    BornOn,
    /// 民族.
    Ethnicity,
    /// 学历.
    Education,
    /// 学位.
    Degree,
    /// 专业技术职务.
    Title,
    /// 所在单位.
    Unit,
    /// 教研室.
    Room,
    /// 政治面貌.
    PoliticalStatus,
    /// 人才称号.
    Talent,
    /// 海外留学经历.
    Overseas,
    /// 来校时间.
    JoinedOn,
    /// 手机号码.
    Phone,
    /// 电子邮箱.
    Email,
    /// 备注.
    Remark,
    /// 是否高知群体, when an officer decides against the computed answer: `是` or `否`.
    KeyGroup,
}

/// Field by field, what is known; absent means empty.
pub type Record = BTreeMap<Field, String>;

/// Where a person was first seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// 教职工名册.
    Roster,
    /// Offices or members of the organisation workbook.
    Tree,
    /// Entered by an officer.
    Hand,
}

/// An event of a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event")]
pub enum PersonEvent {
    /// First seen, in a roster, the tree of organisations, or entered by hand.
    PersonRegistered {
        /// What is known.
        record: Sensitive<Record>,
        /// Where.
        source: Source,
        /// The run that brought it, if one did.
        import: Option<ImportId>,
        /// Row of the sheet, 1 = top.
        row: Option<u32>,
    },
    /// A later roster says otherwise about fields that nobody corrected by hand.
    RosterFactsChanged {
        /// New values; an empty text means that the field became empty.
        changes: Sensitive<Record>,
        /// The run.
        import: ImportId,
        /// Row of the sheet.
        row: u32,
    },
    /// A roster contradicts a correction or the members' list; what was known stays.
    RosterConflictFound {
        /// The field.
        field: Field,
        /// What the roster says.
        roster_value: Sensitive<String>,
        /// The run.
        import: ImportId,
        /// Row of the sheet.
        row: u32,
    },
    /// Corrected by hand; from now on no roster overwrites the field.
    PersonCorrected {
        /// The field.
        field: Field,
        /// Its right value.
        value: Sensitive<String>,
        /// Why.
        reason: Sensitive<String>,
    },
    /// Computed from the record by the policy, whenever the answer changes (Opinions 三(二)).
    EligibilityAssessed {
        /// Whether of the key group.
        key_group: bool,
        /// By what.
        basis: Vec<Basis>,
        /// Categories, sorted.
        categories: Vec<Category>,
    },
}

impl Event for PersonEvent {
    fn name(&self) -> &'static str {
        match self {
            Self::PersonRegistered { .. } => "PersonRegistered",
            Self::RosterFactsChanged { .. } => "RosterFactsChanged",
            Self::RosterConflictFound { .. } => "RosterConflictFound",
            Self::PersonCorrected { .. } => "PersonCorrected",
            Self::EligibilityAssessed { .. } => "EligibilityAssessed",
        }
    }

    fn names() -> &'static [&'static str] {
        &[
            "PersonRegistered",
            "RosterFactsChanged",
            "RosterConflictFound",
            "PersonCorrected",
            "EligibilityAssessed",
        ]
    }
}

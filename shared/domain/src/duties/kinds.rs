//! The kinds of duties with a date, their states and the rungs of the ladder.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Kind of duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DutyKind {
    /// First talk after an assignment.
    FirstTalk,
    /// Next talk after the last one.
    NextTalk,
    /// Somebody in the pool has no liaison.
    LiaisonGap,
    /// Somebody obliged to accompany has nobody.
    LeaderWithNobody,
}

/// No duty is called so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no kind of duty")]
pub struct UnknownDuty(pub String);

impl DutyKind {
    /// Every kind there is.
    pub const ALL: [Self; 4] = [Self::FirstTalk, Self::NextTalk, Self::LiaisonGap, Self::LeaderWithNobody];

    /// The word, as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FirstTalk => "first_talk",
            Self::NextTalk => "next_talk",
            Self::LiaisonGap => "liaison_gap",
            Self::LeaderWithNobody => "leader_with_nobody",
        }
    }
}

impl std::fmt::Display for DutyKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for DutyKind {
    type Err = UnknownDuty;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or_else(|| UnknownDuty(word.to_owned()))
    }
}

/// Where a duty stands on a given day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum DutyState {
    /// Not within the lead.
    Upcoming,
    /// Within the lead before it is due.
    DueSoon,
    /// Due today.
    DueToday,
    /// Past due.
    Overdue {
        /// Calendar days since it was due.
        days: u32,
    },
    /// Done.
    Met {
        /// Calendar days that it was done late; 0 when in time.
        late_days: u32,
    },
}

/// A rung of the ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// Ahead of the due day, to whoever must act.
    Lead,
    /// On the due day, to whoever must act.
    Due,
    /// First escalation.
    BranchSecretary,
    /// Second escalation.
    GeneralBranchSecretary,
    /// Last escalation.
    OrganisationDepartment,
}

impl Rung {
    /// Every rung, lowest first.
    pub const ALL: [Self; 5] = [
        Self::Lead,
        Self::Due,
        Self::BranchSecretary,
        Self::GeneralBranchSecretary,
        Self::OrganisationDepartment,
    ];

    /// The word, as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Due => "due",
            Self::BranchSecretary => "branch_secretary",
            Self::GeneralBranchSecretary => "general_branch_secretary",
            Self::OrganisationDepartment => "organisation_department",
        }
    }
}

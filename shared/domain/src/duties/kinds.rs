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

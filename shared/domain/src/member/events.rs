//! What can have happened to a member.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decider::Event;
use crate::values::{ImportId, OrganisationId, PartialDate, Standing};

/// An event of a member.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event")]
pub enum MemberEvent {
    /// The members' list (党员名册) names the person, or names something else than before.
    MembershipListed {
        /// Standing.
        standing: Standing,
        /// 入党时间.
        joined_on: Option<PartialDate>,
        /// 转正时间.
        full_since: Option<PartialDate>,
        /// Branch.
        branch: OrganisationId,
        /// The run.
        import: Option<ImportId>,
    },
    /// Standing or branch changed by hand.
    MembershipChanged {
        /// Standing.
        standing: Standing,
        /// Branch.
        branch: OrganisationId,
        /// Since when.
        on: PartialDate,
    },
}

impl Event for MemberEvent {
    fn name(&self) -> &'static str {
        match self {
            Self::MembershipListed { .. } => "MembershipListed",
            Self::MembershipChanged { .. } => "MembershipChanged",
        }
    }

    fn names() -> &'static [&'static str] {
        &["MembershipListed", "MembershipChanged"]
    }
}

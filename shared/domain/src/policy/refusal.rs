//! Why a policy is not adopted.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::decider::Refuse;

/// A broken rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyRefusal {
    /// The content is no policy.
    #[error("the policy cannot be read: {fault}")]
    Unreadable {
        /// Key and fault.
        fault: String,
    },
    /// The version exists with other content.
    #[error("version {version} was adopted with other content")]
    VersionTaken {
        /// The name.
        version: String,
    },
    /// It would hold from before the version in force.
    #[error("the version in force holds since {since}")]
    BeforeVersionInForce {
        /// Since when.
        since: Date,
    },
}

impl Refuse for PolicyRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "policy_unreadable",
            Self::VersionTaken { .. } => "policy_version_taken",
            Self::BeforeVersionInForce { .. } => "policy_before_version_in_force",
        }
    }

    fn facts(&self) -> Value {
        match self {
            Self::Unreadable { fault } => json!({ "fault": fault }),
            Self::VersionTaken { version } => json!({ "version": version }),
            Self::BeforeVersionInForce { since } => json!({ "since": since }),
        }
    }
}

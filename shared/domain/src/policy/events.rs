//! What can have happened to the policy of the installation.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decider::Event;

/// An event of the policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event")]
pub enum PolicyEvent {
    /// A version was adopted; its whole content is here, files are only its input.
    PolicyAdopted {
        /// Name of the version.
        version: String,
        /// From which day it holds.
        valid_from: Date,
        /// SHA-256 of the content, lower-case hex.
        hash: String,
        /// The TOML text.
        content: String,
    },
}

impl Event for PolicyEvent {
    fn name(&self) -> &'static str {
        match self {
            Self::PolicyAdopted { .. } => "PolicyAdopted",
        }
    }

    fn occurred_on(&self) -> Option<Date> {
        match self {
            Self::PolicyAdopted { valid_from, .. } => Some(*valid_from),
        }
    }

    fn names() -> &'static [&'static str] {
        &["PolicyAdopted"]
    }
}

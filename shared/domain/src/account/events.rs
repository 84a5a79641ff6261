//! What can have happened to an account.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Right;
use crate::decider::Event;
use crate::values::PersonId;

/// An event of an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event")]
pub enum AccountEvent {
    /// Opened by the department.
    AccountOpened {
        /// Whose; none for a machine's account (a subscriber).
        person: Option<PersonId>,
    },
    /// A right beyond those of offices.
    RightGranted {
        /// Which.
        right: Right,
    },
    /// Taken back.
    RightRevoked {
        /// Which.
        right: Right,
    },
    /// The first password or a new one was issued; it stands in no event.
    PasswordIssued {},
    /// No longer usable.
    AccountClosed {},
}

impl Event for AccountEvent {
    fn name(&self) -> &'static str {
        match self {
            Self::AccountOpened { .. } => "AccountOpened",
            Self::RightGranted { .. } => "RightGranted",
            Self::RightRevoked { .. } => "RightRevoked",
            Self::PasswordIssued {} => "PasswordIssued",
            Self::AccountClosed {} => "AccountClosed",
        }
    }

    fn names() -> &'static [&'static str] {
        &["AccountOpened", "RightGranted", "RightRevoked", "PasswordIssued", "AccountClosed"]
    }
}

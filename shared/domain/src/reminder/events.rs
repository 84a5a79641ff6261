//! What can have happened to a reminder.

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::decider::Event;
use crate::duties::{DutyKind, Rung};
use crate::values::PersonId;

/// One obligation that a digest speaks of, and the rung for which it does.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Named {
    /// Id of the obligation.
    pub obligation: Uuid,
    /// Its kind.
    pub kind: DutyKind,
    /// Whom it concerns.
    pub about: PersonId,
    /// When it was due.
    pub due_on: Date,
    /// Rung that fired.
    pub rung: Rung,
}

/// Why a reminder did not go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReminderFailure {
    /// The addressee has no address.
    NoAddress,
    /// The address is refused for good.
    AddressRefused,
    /// The server could not be reached or refused for now; it is tried again.
    ServerUnavailable,
}

/// An event of a reminder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event")]
pub enum ReminderEvent {
    /// One notifier took it on; of two, one wins.
    ReminderClaimed {
        /// To whom.
        addressee: PersonId,
        /// Day of the digest.
        day: Date,
        /// `mail`.
        channel: String,
        /// What it speaks of.
        names: Vec<Named>,
        /// Number of the attempt, 1 = first; a later one may be a double and says so.
        attempt: u32,
        /// When, by the injected clock.
        at: Timestamp,
    },
    /// The channel took it.
    ReminderSent {
        /// The provider's receipt (SMTP answer, file name), without any address.
        receipt: String,
        /// Whether an earlier attempt may have gone out too.
        possible_double: bool,
    },
    /// The channel did not take it.
    ReminderFailed {
        /// Why.
        failure: ReminderFailure,
        /// SMTP reply code, when there was one.
        code: Option<u16>,
    },
}

impl Event for ReminderEvent {
    fn name(&self) -> &'static str {
        match self {
            Self::ReminderClaimed { .. } => "ReminderClaimed",
            Self::ReminderSent { .. } => "ReminderSent",
            Self::ReminderFailed { .. } => "ReminderFailed",
        }
    }

    fn occurred_on(&self) -> Option<Date> {
        match self {
            Self::ReminderClaimed { day, .. } => Some(*day),
            Self::ReminderSent { .. } | Self::ReminderFailed { .. } => None,
        }
    }

    fn names() -> &'static [&'static str] {
        &["ReminderClaimed", "ReminderSent", "ReminderFailed"]
    }
}

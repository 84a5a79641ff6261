//! What can have happened to the installation itself.

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::decider::Event;

/// An event of the installation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event")]
pub enum InstallationEvent {
    /// The feed and its stream begin another life, as after a restore from a backup. Up to `last_position` every
    /// earlier epoch has the same events; what an earlier epoch gave at later positions is void.
    EpochBegan {
        /// The epoch that begins; above every epoch that was ever seen here.
        epoch: i32,
        /// Epoch that the store was in before.
        earlier_epoch: i32,
        /// Last feed position then; 0 when the feed was empty.
        last_position: i64,
        /// The event at that position.
        last_event: Option<Uuid>,
        /// When the backup was taken from which the store was restored, by the injected clock; absent when nothing
        /// was restored and only the stream had to begin anew.
        backed_up_at: Option<Timestamp>,
        /// Day on which it began. After a restore, reminders that came due up to then and are not known to have
        /// gone out are held.
        began_on: Date,
    },
    /// The reminders held since a restore go out with the next digests.
    HeldRemindersReleased {
        /// Epoch that the restore began.
        epoch: i32,
    },
    /// The reminders held since a restore never go out; later rungs of the same duties do.
    HeldRemindersDropped {
        /// Epoch that the restore began.
        epoch: i32,
    },
}

impl Event for InstallationEvent {
    fn name(&self) -> &'static str {
        match self {
            Self::EpochBegan { .. } => "EpochBegan",
            Self::HeldRemindersReleased { .. } => "HeldRemindersReleased",
            Self::HeldRemindersDropped { .. } => "HeldRemindersDropped",
        }
    }

    fn occurred_on(&self) -> Option<Date> {
        match self {
            Self::EpochBegan { began_on, .. } => Some(*began_on),
            Self::HeldRemindersReleased { .. } | Self::HeldRemindersDropped { .. } => None,
        }
    }

    fn names() -> &'static [&'static str] {
        &["EpochBegan", "HeldRemindersReleased", "HeldRemindersDropped"]
    }
}

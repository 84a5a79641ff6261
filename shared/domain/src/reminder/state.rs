//! How far a reminder has come.

use jiff::Timestamp;

use super::{ReminderEvent, ReminderFailure, ReminderRefusal};
use crate::decider::Aggregate;

/// Where a reminder stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Stage {
    /// Nobody took it on.
    #[default]
    Open,
    /// Somebody is sending it.
    Claimed {
        /// Attempt.
        attempt: u32,
        /// Since when.
        at: Timestamp,
        /// Whether an earlier attempt never reported its end, so that it may have gone out.
        doubtful: bool,
    },
    /// The channel took it.
    Sent,
    /// The channel did not take it.
    Failed {
        /// Attempt.
        attempt: u32,
        /// Why.
        failure: ReminderFailure,
    },
}

/// One digest.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reminder {
    stage: Stage,
}

impl Reminder {
    /// Where it stands.
    #[must_use]
    pub fn stage(&self) -> &Stage {
        &self.stage
    }
}

impl Aggregate for Reminder {
    const TYPE: &'static str = "reminder";
    type Event = ReminderEvent;
    type Refusal = ReminderRefusal;

    fn evolve(&mut self, event: &ReminderEvent) {
        match event {
            ReminderEvent::ReminderClaimed { attempt, at, .. } => {
                let doubtful = matches!(self.stage, Stage::Claimed { .. });
                self.stage = Stage::Claimed { attempt: *attempt, at: *at, doubtful };
            }
            ReminderEvent::ReminderSent { .. } => self.stage = Stage::Sent,
            ReminderEvent::ReminderFailed { failure, .. } => {
                let attempt = match self.stage {
                    Stage::Claimed { attempt, .. } | Stage::Failed { attempt, .. } => attempt,
                    Stage::Open | Stage::Sent => 1,
                };
                self.stage = Stage::Failed { attempt, failure: *failure };
            }
        }
    }
}

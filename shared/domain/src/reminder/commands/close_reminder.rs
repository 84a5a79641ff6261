//! 提醒结果: the channel took the digest, or did not.

use crate::context::Context;
use crate::decider::Decide;
use crate::reminder::state::Stage;
use crate::reminder::{Reminder, ReminderEvent, ReminderFailure, ReminderRefusal};

/// The channel took it.
#[derive(Debug, Clone)]
pub struct SendReminder {
    /// The provider's receipt.
    pub receipt: String,
}

/// The channel did not take it.
#[derive(Debug, Clone, Copy)]
pub struct FailReminder {
    /// Why.
    pub failure: ReminderFailure,
    /// SMTP reply code.
    pub code: Option<u16>,
}

impl Decide<SendReminder> for Reminder {
    type Facts = ();

    fn decide(
        &self,
        command: SendReminder,
        (): &(),
        _: &Context<'_>,
    ) -> Result<Vec<ReminderEvent>, ReminderRefusal> {
        match self.stage() {
            Stage::Claimed { doubtful, .. } => {
                Ok(vec![ReminderEvent::ReminderSent { receipt: command.receipt, possible_double: *doubtful }])
            }
            Stage::Sent => Ok(Vec::new()),
            Stage::Open | Stage::Failed { .. } => Err(ReminderRefusal::NotClaimed),
        }
    }
}

impl Decide<FailReminder> for Reminder {
    type Facts = ();

    fn decide(
        &self,
        command: FailReminder,
        (): &(),
        _: &Context<'_>,
    ) -> Result<Vec<ReminderEvent>, ReminderRefusal> {
        match self.stage() {
            Stage::Claimed { .. } => {
                Ok(vec![ReminderEvent::ReminderFailed { failure: command.failure, code: command.code }])
            }
            Stage::Open | Stage::Sent | Stage::Failed { .. } => Err(ReminderRefusal::NotClaimed),
        }
    }
}

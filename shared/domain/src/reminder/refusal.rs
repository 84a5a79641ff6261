//! Why a command about a reminder is refused.

use crate::decider::Refuse;

/// A broken rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReminderRefusal {
    /// Another notifier has it, or it is done.
    #[error("the reminder is claimed or done")]
    TakenOn,
    /// Nobody claimed it.
    #[error("the reminder was not claimed")]
    NotClaimed,
}

impl Refuse for ReminderRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::TakenOn => "reminder_taken_on",
            Self::NotClaimed => "reminder_not_claimed",
        }
    }
}

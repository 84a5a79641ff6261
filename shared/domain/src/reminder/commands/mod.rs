//! One command a file.

mod claim_reminder;
mod close_reminder;

pub use claim_reminder::ClaimReminder;
pub use close_reminder::{FailReminder, SendReminder};

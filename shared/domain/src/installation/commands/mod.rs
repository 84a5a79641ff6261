//! One command a file.

mod begin_epoch;
mod settle_held_reminders;

pub use begin_epoch::BeginEpoch;
pub use settle_held_reminders::{HeldReminders, SettleHeldReminders};

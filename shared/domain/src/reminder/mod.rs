//! 提醒: one digest to one addressee on one day by one channel, claimed before it is sent.

pub mod commands;
pub mod events;
pub mod refusal;
pub mod state;

pub use events::{Named, ReminderEvent, ReminderFailure};
pub use refusal::ReminderRefusal;
pub use state::Reminder;

//! 系统本身: the installation's restores from backups, and what an operator decided after each.

pub mod commands;
pub mod events;
pub mod refusal;
pub mod state;

pub use events::InstallationEvent;
pub use refusal::InstallationRefusal;
pub use state::Installation;

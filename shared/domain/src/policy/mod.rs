//! Policy: legal periods, thresholds, intervals and ladders, as dated data with their sources.

pub mod commands;
pub mod events;
pub mod numbers;
pub mod refusal;
pub mod state;

pub use events::PolicyEvent;
pub use numbers::Policy;
pub use refusal::PolicyRefusal;
pub use state::Policies;

//! 党员: standing and branch of a Party member.

pub mod commands;
pub mod events;
pub mod refusal;
pub mod state;

pub use events::MemberEvent;
pub use refusal::MemberRefusal;
pub use state::Member;

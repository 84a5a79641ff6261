//! 账号: a login, whose it is, and what was granted to it. Passwords and sessions are not here.

pub mod commands;
pub mod events;
pub mod refusal;
pub mod state;

pub use events::AccountEvent;
pub use refusal::AccountRefusal;
pub use state::Account;

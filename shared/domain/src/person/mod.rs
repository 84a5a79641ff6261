//! 教职工: a human in the roster or the tree; who they are, and whether the key group counts them in.

pub mod commands;
pub mod events;
pub mod refusal;
pub mod state;

pub use events::{Field, PersonEvent, Record, Source};
pub use refusal::PersonRefusal;
pub use state::Person;

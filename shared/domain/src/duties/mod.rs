//! What is due: obligations follow from events and policy alone, so anyone can recompute them.

mod kinds;

pub use kinds::{DutyKind, DutyState, Rung};

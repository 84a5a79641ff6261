//! What is due: obligations follow from events and policy alone, so anyone can recompute them.

mod holds;
mod kinds;
mod ladder;
pub mod routing;
mod terms;
mod timeline;
pub mod why;

pub use holds::Holds;
pub use kinds::{DutyKind, DutyState, Rung, UnknownDuty};
pub use ladder::{fired, rungs};
pub use terms::{article, due_on, latest_anchor_due_by, state_on};
pub use timeline::{Gap, Happened, OpenDuty, Timeline, duty_id};

#[cfg(test)]
mod tests;

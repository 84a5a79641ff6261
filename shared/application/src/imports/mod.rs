//! Imports: a file is checked whole before the first write, then taken in by chunks of 200 rows.
//!
//! A chunk's rows and its `ImportChunkApplied` are one command, whose id follows from import and chunk: after
//! a crash the run goes on where it stopped, and nothing is taken twice.

mod ahead;
mod check;
mod organisation;
mod pool;
mod report;
mod roster;
mod run;
mod talks;

pub use check::{Checked, ImportFault, ImportSource};
pub use report::{Conflict, ImportReport};
pub use run::Progress;

/// Rows of one command.
pub(crate) const CHUNK: usize = 200;

//! A house for tests: store, vault and application on real PostgreSQL, with a clock that stands still.
//!
//! Everything here panics with a sentence when the machine lacks something, since a test can do nothing else.

mod house;
mod project;
mod requests;
mod samples;

pub use house::House;
pub use project::project;
pub use requests::{request, request_by};
pub use samples::{Sample, sample};

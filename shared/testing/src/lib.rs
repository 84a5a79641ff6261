//! A house for tests: store, vault and application on real PostgreSQL, with a clock that stands still; and a mail
//! server that behaves as badly as it is told to.
//!
//! Everything here panics with a sentence when the machine lacks something, since a test can do nothing else.

mod gate;
mod house;
mod project;
pub mod receiver;
mod requests;
mod samples;

pub use gate::Gate;
pub use house::House;
pub use peiyu_servers::testing::eventually;
pub use project::{carry_out, project};
pub use requests::{request, request_by};
pub use samples::{Sample, sample};

//! The projector on real servers: one binary, one database and one tenant a test.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod follow;
mod house;
mod requests;
mod waits;

//! The vault on a real PostgreSQL: one binary, one database a test.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod any_json;
mod backup;
mod erasure;
mod keys;
mod sealing;
mod support;

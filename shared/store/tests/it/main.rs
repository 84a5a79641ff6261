//! The store on a real PostgreSQL: one binary, one database a test.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod append;
mod support;

//! The store on a real PostgreSQL: one binary, one database a test.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod append;
mod appender;
mod cqrs;
mod feed;
mod gate;
mod insert_only;
mod late_commit;
mod race;
mod schema;
mod serial;
mod support;

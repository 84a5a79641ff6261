//! The read models on a real PostgreSQL: one binary, one database a test.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod fence;
mod generations;
mod joins;
mod matrix;
mod models;
mod parking;
mod purity;
mod requests;
mod skips;
mod support;

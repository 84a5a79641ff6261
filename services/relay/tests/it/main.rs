//! The relay on a real PostgreSQL and a real nats-server.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod admin;
mod faults;
mod fence;
mod house;
mod publishing;
mod rights;
mod tampering;

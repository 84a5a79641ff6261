//! The notifier on a real PostgreSQL and against a real SMTP receiver.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod held;
mod house;
mod ladder;
mod once;
mod servers;
mod tls;
mod wording;

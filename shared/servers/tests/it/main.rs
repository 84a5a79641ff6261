//! Private servers, started and killed for real.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod nats;
mod postgres;
mod shared;

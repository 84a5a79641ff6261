//! Commands on real PostgreSQL: imports, liaison, talks, idempotence, what happens when others overtake.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may fall over")]

mod commands;
mod hosting;
mod imports;
mod memory;
mod overtaken;
mod sealing;

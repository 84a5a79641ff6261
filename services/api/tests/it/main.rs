//! The api over HTTP on real PostgreSQL: who may do what, in which form, and what is answered when it is not done.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may fall over")]

mod commands;
mod coverage_export;
mod door;
mod imports;
mod live;
mod outage;
mod pages;
mod pages_coverage;
mod pages_dossier;
mod pages_imports;
mod pages_operations;
mod pages_pool;
mod pages_reminders;
mod pages_templates;
mod pages_trainings;
mod pool;
mod queries;
mod roles;
mod server;
mod sign_in;
mod visitor;

//! Finds, starts and stops a private PostgreSQL and a private nats-server in folders of ours.
//!
//! `peiyu up` and every test use the same code, so that what a newcomer tries is what an operator runs.
//! A server outlives the value that started it: it has its own process group (Ctrl-C does not reach it),
//! leaves its pid and port in `server.json`, and is found again there by a later process (`peiyu down`).

mod backup;
mod error;
mod folder;
mod nats;
mod nats_users;
mod ports;
mod postgres;
mod process;
pub mod testing;

pub use error::{FindError, ServerError};
pub use folder::{default_data_folder, random_secret, write_private};
pub use nats::{Nats, NatsOptions, NatsServer};
pub use ports::{free_port, hold_any_port};
pub use postgres::{Postgres, PostgresOptions, PostgresServer};
pub use process::{ServerState, is_running, start_of, stop_by_folder};

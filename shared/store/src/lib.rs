//! The events: append, load, feed. Knows sealed bytes, not deciders; the only writer of events.
//!
//! Entry points: [`Store::append`] (or [`Appender`], which groups what waits), [`Store::load`],
//! [`Store::sequence_once`] and [`Store::feed_page`]. Everything a reader counts in is the feed position.
//!
//! What holds here:
//! - an event is never changed or removed (a trigger and grants see to it);
//! - a command's events are all there with its answer and claims, or none of them is;
//! - positions are dense, and no event ever turns up behind a position that was read;
//! - payloads are JSON text as the vault sealed it, and come back byte for byte.

mod append;
mod appender;
mod batch;
mod command;
mod cqrs;
mod error;
mod feed;
mod load;
mod look_up;
mod metric;
mod replay;
mod row;
mod sealed;
mod snapshot;
mod wake;

use sqlx::PgPool;
use std::time::Duration;

pub use appender::Appender;
pub use command::{Append, Claim, NewEvent, Outcome, StreamId, StreamVersion};
pub use cqrs::{CommandFrame, EventRepository, NotAppended};
pub use error::{Limit, StoreError};
pub use feed::{Backlog, FeedHead, FeedPage};
pub use look_up::KnownCommand;
pub use peiyu_platform::migrations::SchemaError;
pub use sealed::{NotSealed, Sealed};
pub use wake::{Wake, WakeChannel};

/// Most commands in one call.
pub const MAX_COMMANDS: usize = 64;
/// Most bytes of payload and metadata in a call of more than one command.
pub const MAX_BATCH_BYTES: usize = 1024 * 1024;
/// Most bytes of payload and metadata in one command (an import's chunk is one command).
pub const MAX_COMMAND_BYTES: usize = 16 * 1024 * 1024;
/// Most bytes of one event, sealed.
pub const MAX_EVENT_BYTES: usize = 64 * 1024;
/// Most locks of one command: streams, facts, claims and its id. The server's lock table bounds them.
pub const MAX_LOCKS: usize = 2048;
/// Most rows that one reading call returns.
pub const MAX_PAGE: i64 = 10_000;

/// No statement of ours runs longer; the server cancels it.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(60);

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
static SCHEMA: peiyu_platform::migrations::Schema =
    peiyu_platform::migrations::Schema { name: "store", migrator: &MIGRATOR };

/// The events of one installation; cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pool: PgPool,
}

impl Store {
    /// Takes a pool to a database whose schema is in place; changes nothing.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Connects with our limits and at most `connections` connections.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the server does not answer.
    pub async fn connect(url: &str, connections: u32) -> Result<Self, StoreError> {
        let options = peiyu_platform::pool::connection(url, "peiyu-store", STATEMENT_TIMEOUT)
            .map_err(StoreError::reading)?;
        let pool = peiyu_platform::pool::options(connections)
            .connect_with(options)
            .await
            .map_err(StoreError::reading)?;
        Ok(Self::new(pool))
    }

    /// The pool, for health checks.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }
}

/// Brings the schema `store` up to date, under a lock.
///
/// # Errors
/// When the database is away, newer than the binary, or a migration fails.
pub async fn migrate(pool: &PgPool) -> Result<(), SchemaError> {
    SCHEMA.migrate(pool).await
}

/// The newest migration that this binary carries, for backups.
#[must_use]
pub fn schema_version() -> i64 {
    SCHEMA.newest()
}

/// Says whether the database stands where this binary expects it; changes nothing.
///
/// # Errors
/// When the schema is missing, older, newer or changed, or the database is away.
pub async fn check_version(pool: &PgPool) -> Result<(), SchemaError> {
    SCHEMA.check(pool).await
}

//! What can go wrong with the store, by what the caller can do about it.

use std::fmt;

/// A limit that a call went over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// One event's payload and metadata.
    EventBytes,
    /// One command's events.
    CommandBytes,
    /// The events of a call of several commands.
    BatchBytes,
    /// Commands of a call.
    Commands,
    /// Streams, facts, claims and id of one command.
    Locks,
}

impl Limit {
    pub(crate) fn check(self, size: usize, most: usize) -> Result<(), StoreError> {
        if size > most { Err(StoreError::TooLarge { limit: self, size, most }) } else { Ok(()) }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::EventBytes => "bytes of an event",
            Self::CommandBytes => "bytes of a command",
            Self::BatchBytes => "bytes of a batch",
            Self::Commands => "commands of a batch",
            Self::Locks => "streams and claims of a command",
        })
    }
}

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is away or too busy; nothing was written. Try again later.
    #[error("the event store is not available; nothing was written")]
    Unavailable(#[source] sqlx::Error),
    /// The connection broke after the command was sent: it may be written or not.
    /// Look the command up, or send it again under the same id.
    #[error("it is not known whether the command was written")]
    UnknownOutcome(#[source] sqlx::Error),
    /// Over a limit; nothing was sent.
    #[error("{size} {limit}, at most {most} are taken")]
    TooLarge {
        /// Which limit.
        limit: Limit,
        /// How much it was.
        size: usize,
        /// How much is taken.
        most: usize,
    },
    /// The parts of a command do not agree with each other; nothing was sent.
    #[error("the command is malformed: {0}")]
    Malformed(String),
    /// An event's id is in the store already; nothing was written.
    #[error("an event id of the command is used already")]
    EventIdUsed,
    /// A stored row is not what the store writes.
    #[error("inconsistent data in {table}.{column}, row {row}: {problem}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Key of the row.
        row: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The appender has been stopped; nothing was written.
    #[error("the appender has stopped")]
    Stopped,
    /// The database refused a statement of ours: a fault in the program or the schema.
    #[error("the database refused")]
    Refused(#[source] sqlx::Error),
}

impl StoreError {
    /// Whether the same call may succeed later, unchanged.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable(_) | Self::UnknownOutcome(_) => true,
            Self::TooLarge { .. }
            | Self::Malformed(_)
            | Self::EventIdUsed
            | Self::Inconsistent { .. }
            | Self::Stopped
            | Self::Refused(_) => false,
        }
    }

    /// Whether the server could not be reached at all, so that the next call will fare no better.
    pub(crate) fn is_away(&self) -> bool {
        match self {
            Self::Unavailable(error) => matches!(Class::of(error), Class::Away | Class::MaybeWritten),
            Self::UnknownOutcome(_)
            | Self::TooLarge { .. }
            | Self::Malformed(_)
            | Self::EventIdUsed
            | Self::Inconsistent { .. }
            | Self::Stopped
            | Self::Refused(_) => false,
        }
    }

    pub(crate) fn inconsistent(
        table: &'static str,
        column: &'static str,
        row: impl fmt::Display,
        problem: impl fmt::Display,
    ) -> Self {
        Self::Inconsistent { table, column, row: row.to_string(), problem: problem.to_string() }
    }

    /// An error of a statement that only read, or that never reached the server.
    pub(crate) fn reading(error: sqlx::Error) -> Self {
        match Class::of(&error) {
            Class::Away | Class::MaybeWritten | Class::RolledBack => Self::Unavailable(error),
            Class::Refused => Self::Refused(error),
        }
    }

    /// An error of a statement that writes and commits in one.
    pub(crate) fn writing(error: sqlx::Error) -> Self {
        match Class::of(&error) {
            Class::Away | Class::RolledBack => Self::Unavailable(error),
            Class::MaybeWritten => Self::UnknownOutcome(error),
            Class::Refused => Self::Refused(error),
        }
    }

    pub(crate) fn missing_event(position: i64) -> Self {
        Self::inconsistent("feed", "position", position, "the feed has a gap")
    }

    pub(crate) fn not_an_id(row: &str) -> Self {
        Self::inconsistent("events", "aggregate_id", row, "not a UUID")
    }
}

/// What an error says about the statement's effect.
enum Class {
    /// It never ran.
    Away,
    /// It may have committed.
    MaybeWritten,
    /// It certainly did not commit, and may succeed later.
    RolledBack,
    /// It certainly did not commit, and never will.
    Refused,
}

impl Class {
    fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(database) => match database.code().as_deref().unwrap_or("") {
                // Cancelled, deadlock, serialization, lock not available: rolled back by the server.
                "57014" | "40P01" | "40001" | "55P03" => Self::RolledBack,
                // Starting up, shutting down before the statement, too many connections.
                "57P03" | "53300" => Self::Away,
                code if code.starts_with("57") || code.starts_with("08") => Self::MaybeWritten,
                // Out of memory, disk or locks.
                code if code.starts_with("53") => Self::RolledBack,
                _ => Self::Refused,
            },
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => Self::Away,
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::WorkerCrashed => Self::MaybeWritten,
            _ => Self::Refused,
        }
    }
}

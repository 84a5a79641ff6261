//! What can go wrong: poison is the event's own fault, everything else is waited out.

use peiyu_platform::migrations::SchemaError;

/// Why a read model could not be changed or asked.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// The database did not answer, or not in time; try again.
    #[error("the read models' database did not answer")]
    Unavailable(#[source] sqlx::Error),
    /// The page does not begin right behind the checkpoint; read from the checkpoint again.
    #[error("view {view} expects position {expected} and was given {given}")]
    NotNext {
        /// Read model.
        view: &'static str,
        /// Checkpoint + 1.
        expected: i64,
        /// First position of the page.
        given: i64,
    },
    /// The read model has no serving generation: it was never migrated, or it is being switched right now.
    #[error("view {view} has no serving generation; run `peiyu migrate`")]
    Missing {
        /// Read model.
        view: &'static str,
    },
    /// A generation serves that a binary of another version writes; this one keeps its hands off.
    #[error(
        "view {view} serves version {serving} and this binary writes version {own}: a newer binary goes on with it, \
         an older one is replaced by `peiyu rebuild {view}`"
    )]
    OtherVersion {
        /// Read model.
        view: &'static str,
        /// Version that serves.
        serving: i32,
        /// Version of this binary.
        own: i32,
    },
    /// Nothing is parked there (any more).
    #[error("view {view}: stream {stream} is not parked{}", at.map(|at| format!(" at position {at}")).unwrap_or_default())]
    NotParked {
        /// Read model.
        view: &'static str,
        /// The stream.
        stream: uuid::Uuid,
        /// Where it was thought to stand.
        at: Option<i64>,
    },
    /// A row is not of the form that this binary writes.
    #[error("a row of {table} cannot be read")]
    Inconsistent {
        /// Table or query.
        table: &'static str,
        /// What serde said.
        #[source]
        source: serde_json::Error,
    },
    /// A row in memory is not of its table's form: a defect of this binary.
    #[error("a row for {table} cannot be written")]
    Misshapen {
        /// Table.
        table: &'static str,
        /// What does not fit.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The schema `views` is not where this binary expects it.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The feed could not be read while a generation was filled.
    #[error("the feed could not be read")]
    Feed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<sqlx::Error> for ViewError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(error)
    }
}

/// Why one event cannot be taken in: a code, never a text that could quote personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault(pub(crate) String);

impl Fault {
    pub(crate) fn new(code: &str) -> Self {
        Self(code.to_owned())
    }

    /// The code, such as `unreadable`, `out_of_order`, `sqlstate_22003`.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0
    }
}

/// The fault when the database refuses a value itself (classes 22 and 23), not when it is away, full or busy.
pub(crate) fn data_fault(error: &sqlx::Error) -> Option<Fault> {
    let state = error.as_database_error()?.code()?;
    (state.starts_with("22") || state.starts_with("23")).then(|| Fault(format!("sqlstate_{state}")))
}

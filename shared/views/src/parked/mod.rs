//! What operators do about parked streams: list, look, retry, skip. Each change is one transaction under the lock
//! that arrivals take, at most [`CHUNK`] events long, and leaves a row of who, when and why.
//!
//! Who may write read models acts at once (`act.rs`, `whole.rs`); who may not asks for it (`requests.rs`), and the
//! projector carries it out (`work.rs`).

mod act;
mod look;
mod requests;
mod whole;
mod work;

use std::collections::BTreeSet;

use jiff::Timestamp;
use uuid::Uuid;

use crate::view::View;

pub(crate) use act::mended_meanwhile;
pub use act::{retry, skip};
pub use look::{count, events, list, of_id};
pub use requests::{Asked, Do, Request, Standing, Stuck, ask, asked, latest, standing, stuck};
pub use whole::{End, Supervise, retry_all, retry_stream};
pub use work::{Open, Outcome, Work};

/// Most events of one transaction.
pub const CHUNK: i64 = 500;

/// A stream that waits in the serving generation of a read model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedStream {
    /// Read model.
    pub view: View,
    /// Kind of the aggregate.
    pub aggregate: String,
    /// Its id.
    pub stream: Uuid,
    /// Position of the first event that waits: the bad one.
    pub position: i64,
    /// Its id.
    pub event_id: Uuid,
    /// Why it cannot be taken in, a code such as `unreadable`.
    pub reason: String,
    /// Events that wait, the bad one included.
    pub events: i64,
}

/// One event that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedEvent {
    /// Feed position.
    pub position: i64,
    /// Its id.
    pub event_id: Uuid,
    /// A code, or `waits` for those behind the bad one.
    pub reason: String,
}

/// Which stream of which read model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Which {
    /// Read model.
    pub view: View,
    /// Kind of the aggregate.
    pub aggregate: String,
    /// Its id.
    pub stream: Uuid,
}

/// Whose doing it is; kept with what was done.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// Account of the operator.
    pub who: &'a str,
    /// Reason; an operator's words, without personal data.
    pub why: &'a str,
    /// When, by the injected clock.
    pub at: Timestamp,
    /// The request that is carried out, if it is one.
    pub request: Option<Uuid>,
}

/// Why an operator does something: words that stand on record for ever, so they must say something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// Most characters.
    pub const MOST: usize = 500;

    /// The words, if there are any and not too many.
    #[must_use]
    pub fn new(words: &str) -> Option<Self> {
        let words = words.trim();
        let fits = !words.is_empty() && words.chars().count() <= Self::MOST;
        fits.then(|| Self(words.to_owned()))
    }

    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The kinds of aggregates whose events some read model takes in.
#[must_use]
pub fn kinds() -> BTreeSet<&'static str> {
    View::ALL.iter().flat_map(|view| view.definition().aggregates).copied().collect()
}

/// Which streams; whatever is not said means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Of which read model.
    pub view: Option<View>,
    /// Kind of the aggregate.
    pub kind: Option<String>,
    /// Of which id.
    pub stream: Option<Uuid>,
}

impl Scope {
    /// The read models meant, in their order.
    pub fn views(&self) -> impl Iterator<Item = View> + use<> {
        let only = self.view;
        View::ALL.iter().copied().filter(move |view| only.is_none_or(|only| only == *view))
    }

    /// Those of these streams that one read model has.
    #[must_use]
    pub fn of(&self, view: View) -> Self {
        Self { view: Some(view), ..self.clone() }
    }
}

impl From<View> for Scope {
    fn from(view: View) -> Self {
        Self::default().of(view)
    }
}

/// What a chunk of a retry came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retried {
    /// Events taken in.
    pub applied: i64,
    /// Events of the stream that still wait.
    pub parked: i64,
    /// The event that cannot be taken in, when the stream is stuck there: position and code.
    pub stuck: Option<(i64, String)>,
}

/// How much waits in the serving generation of a read model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Streams.
    pub streams: i64,
    /// Events of theirs.
    pub events: i64,
    /// Events that operators decided to pass over, ever.
    pub skipped: i64,
}

impl ParkedStream {
    /// Which stream it is.
    #[must_use]
    pub fn which(&self) -> Which {
        Which { view: self.view, aggregate: self.aggregate.clone(), stream: self.stream }
    }
}

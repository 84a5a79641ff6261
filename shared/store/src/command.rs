//! What is appended: a command with all that it rests on, takes and adds; and what comes of it.

use std::borrow::Cow;
use std::fmt;

use peiyu_contracts::Metadata;
use uuid::Uuid;

use crate::error::{Limit, StoreError};
use crate::{MAX_COMMAND_BYTES, MAX_EVENT_BYTES, MAX_LOCKS, Sealed};

/// One aggregate's stream.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId {
    /// `candidate`, `person`, …
    pub kind: Cow<'static, str>,
    /// Id of the aggregate.
    pub id: Uuid,
}

impl StreamId {
    /// The stream of an aggregate.
    #[must_use]
    pub fn new(kind: impl Into<Cow<'static, str>>, id: Uuid) -> Self {
        Self { kind: kind.into(), id }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.kind, self.id)
    }
}

/// A stream as somebody read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamVersion {
    /// Which stream.
    pub stream: StreamId,
    /// Last sequence that was read; 0 = the stream must not exist.
    pub version: i64,
}

/// A unique thing and the stream that takes it or gives it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// `staff_number`, …
    pub kind: String,
    /// Keyed hash of the number, never the number.
    pub key: [u8; 32],
    /// Who holds it afterwards (or held it before, in a release).
    pub stream: StreamId,
}

/// An event that is not yet in the store.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// The stream that it ends up in; one of the command's `writes`.
    pub stream: StreamId,
    /// Expected version + 1, + 2, … in the order of the events.
    pub sequence: i64,
    /// `TalkRecorded`, …
    pub event_type: String,
    /// Version of the payload's shape.
    pub event_version: u32,
    /// The payload, sealed by the vault.
    pub payload: Sealed,
    /// Who, why and under what.
    pub metadata: Metadata,
}

/// One command: everything in it is appended together, or nothing.
#[derive(Debug, Clone)]
pub struct Append {
    /// The account that sent it; command ids are scoped to it.
    pub principal: Uuid,
    /// The command's id (`Idempotency-Key`).
    pub command_id: Uuid,
    /// Keyed digest of route and body.
    pub digest: [u8; 32],
    /// The answer to this and every repeated sending, JSON text: ids and versions, no personal data.
    pub answer: String,
    /// Streams that it writes, as they were read.
    pub writes: Vec<StreamVersion>,
    /// Streams that the decision rests on, as they were read.
    pub facts: Vec<StreamVersion>,
    /// Unique things that it takes.
    pub claims: Vec<Claim>,
    /// Unique things that it gives back, before it takes.
    pub releases: Vec<Claim>,
    /// Its events, in order.
    pub events: Vec<NewEvent>,
}

/// What came of one command. Only `Done` changed anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Appended now.
    Done,
    /// Appended earlier, under the same id and with the same body.
    Repeated {
        /// The first answer, JSON text.
        answer: String,
    },
    /// The id was used with another body.
    KeyReused,
    /// A stream has moved since it was read.
    Stale {
        /// Which one.
        stream: StreamId,
        /// Version that was read.
        expected: i64,
        /// Version that it has.
        found: i64,
    },
    /// A unique thing belongs to another stream.
    Taken {
        /// Kind of the claim.
        kind: String,
        /// Who holds it.
        holder: StreamId,
    },
}

impl Append {
    /// Bytes of payload and metadata, as the limits count them.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.events.iter().map(NewEvent::bytes).sum()
    }

    /// Locks that it takes at most: streams, facts, claims and its id.
    pub(crate) fn locks(&self) -> usize {
        self.writes.len() + self.facts.len() + self.claims.len() + self.releases.len() + 1
    }

    /// Whether it can be sent at all.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] over a limit, [`StoreError::Malformed`] when its parts do not agree.
    pub fn check(&self) -> Result<(), StoreError> {
        for event in &self.events {
            Limit::EventBytes.check(event.bytes(), MAX_EVENT_BYTES)?;
        }
        Limit::CommandBytes.check(self.bytes(), MAX_COMMAND_BYTES)?;
        Limit::Locks.check(self.locks(), MAX_LOCKS)?;
        self.check_sequences()?;
        match serde_json::from_str::<&serde_json::value::RawValue>(&self.answer) {
            Ok(_) => Ok(()),
            Err(_) => Err(StoreError::Malformed("the answer is not JSON".into())),
        }
    }

    fn check_sequences(&self) -> Result<(), StoreError> {
        let mut next = std::collections::HashMap::new();
        for write in &self.writes {
            if next.insert(&write.stream, write.version).is_some() {
                return Err(StoreError::Malformed(format!("{} is written twice", write.stream)));
            }
        }
        for fact in &self.facts {
            if next.get(&fact.stream).is_some_and(|version| *version != fact.version) {
                return Err(StoreError::Malformed(format!("{} is read at two versions", fact.stream)));
            }
        }
        for event in &self.events {
            let Some(version) = next.get_mut(&event.stream) else {
                return Err(StoreError::Malformed(format!(
                    "{} gets an event and is not written",
                    event.stream
                )));
            };
            *version += 1;
            if event.sequence != *version {
                return Err(StoreError::Malformed(format!(
                    "{} gets sequence {} where {version} comes next",
                    event.stream, event.sequence
                )));
            }
        }
        Ok(())
    }
}

impl NewEvent {
    fn bytes(&self) -> usize {
        // Metadata is a few short fields; half a kilobyte covers them without writing them out.
        self.payload.as_str().len() + 512
    }
}

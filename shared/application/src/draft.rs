//! A command's outcome in the making: what it writes, what it rests on, what it claims.

use std::sync::Arc;

use jiff::civil::Date;
use peiyu_contracts::{Metadata, Origin};
use peiyu_domain::{Aggregate, Event};
use peiyu_store::{Append, Claim, NewEvent, Sealed, StreamId, StreamVersion};
use peiyu_vault::PlainPayload;
use serde_json::Value;
use uuid::Uuid;

use crate::handle::Frame;
use crate::states::{Memory, States};
use crate::{Answer, Application, CommandError, Loaded};

/// What an event adds to the bytes of its stream, before it is sealed.
const ABOUT_BYTES: usize = 512;

/// An event that waits for its seal.
#[derive(Debug)]
struct Pending {
    stream: StreamId,
    sequence: i64,
    name: &'static str,
    version: u32,
    occurred_on: Option<Date>,
    recorded_at: jiff::Timestamp,
    subject: Uuid,
    payload: Value,
}

/// What to keep in memory once the draft is appended: the states after its events.
struct Keep(Box<dyn FnOnce(&States) + Send + Sync>);

impl std::fmt::Debug for Keep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keep")
    }
}

/// The states that a draft leads to.
#[derive(Debug, Default)]
pub(crate) struct After(Vec<Keep>);

impl After {
    /// The draft was appended.
    pub(crate) fn keep(self, states: &States) {
        self.0.into_iter().for_each(|keep| keep.0(states));
    }
}

/// Everything that will be appended together.
#[derive(Debug)]
pub(crate) struct Draft {
    writes: Vec<StreamVersion>,
    facts: Vec<StreamVersion>,
    claims: Vec<Claim>,
    pending: Vec<Pending>,
    answer: Answer,
    origin: Origin,
    after: After,
}

impl Draft {
    /// A draft that answers with the aggregate `id`.
    pub(crate) fn answering(id: Uuid, origin: Origin) -> Self {
        let answer = Answer { id, version: 0, event: None };
        Self {
            writes: Vec::new(),
            facts: Vec::new(),
            claims: Vec::new(),
            pending: Vec::new(),
            answer,
            origin,
            after: After::default(),
        }
    }

    /// Takes in an aggregate's new events; none means that it was only read. The sensitive fields are
    /// sealed under the key of `subject`.
    pub(crate) fn write<A: Aggregate>(
        &mut self,
        loaded: &Loaded<A>,
        events: &[A::Event],
        subject: Uuid,
        frame: &Frame,
    ) -> Result<(), CommandError> {
        if loaded.id == self.answer.id {
            self.answer.version = loaded.version;
        }
        if events.is_empty() {
            self.rest_on(loaded.read());
            return Ok(());
        }
        self.writes.push(loaded.read());
        let recorded_at = loaded.last_recorded.map_or(frame.now, |last| last.max(frame.now));
        for (sequence, event) in (loaded.version + 1..).zip(events) {
            let payload =
                serde_json::to_value(event).map_err(|error| CommandError::Inconsistent(Box::new(error)))?;
            self.pending.push(Pending {
                stream: loaded.stream(),
                sequence,
                name: event.name(),
                version: event.version(),
                occurred_on: event.occurred_on(),
                recorded_at,
                subject,
                payload,
            });
        }
        if frame.memory != Memory::Leave {
            self.lead_to(loaded, events, recorded_at);
        }
        Ok(())
    }

    /// Notes the state after the events, to be kept when they are appended.
    fn lead_to<A: Aggregate>(
        &mut self,
        loaded: &Loaded<A>,
        events: &[A::Event],
        recorded_at: jiff::Timestamp,
    ) {
        let mut after = loaded.clone();
        for event in events {
            after.state.evolve(event);
            after.version += 1;
            after.bytes += ABOUT_BYTES;
        }
        after.last_recorded = Some(recorded_at);
        let after = Arc::new(after);
        self.after.0.push(Keep(Box::new(move |states| states.keep(after))));
    }

    /// Notes a stream that the decision rests on.
    pub(crate) fn rest_on(&mut self, read: StreamVersion) {
        if !self.facts.contains(&read) {
            self.facts.push(read);
        }
    }

    /// Notes a unique thing that the command takes.
    pub(crate) fn claim(&mut self, claim: Claim) {
        self.claims.push(claim);
    }

    /// Under whose keys its events will be sealed, each once.
    pub(crate) fn subjects(&self) -> Vec<Uuid> {
        let mut subjects: Vec<Uuid> = self.pending.iter().map(|event| event.subject).collect();
        subjects.sort_unstable();
        subjects.dedup();
        subjects
    }

    /// Takes out what is kept once the rest is appended.
    pub(crate) fn after(&mut self) -> After {
        std::mem::take(&mut self.after)
    }

    /// Whether there is an event in it.
    pub(crate) fn has_events(&self) -> bool {
        !self.pending.is_empty()
    }
}

impl Draft {
    /// Whether a stream that it writes was read at another version, for the facts or for the actor's rights: one of
    /// the two is stale, and the append would check only what is written.
    pub(crate) fn contradicts(&self, frame: &Frame) -> bool {
        let noted = frame.noted();
        let mut read = self.facts.iter().chain(&frame.always_read).chain(&noted);
        read.any(|fact| {
            self.writes.iter().any(|write| write.stream == fact.stream && write.version != fact.version)
        })
    }
}

impl Application {
    /// Makes keys, seals, and gives the append its final form.
    pub(crate) async fn seal(&self, draft: Draft, frame: &Frame) -> Result<(Append, Answer), CommandError> {
        self.inner.vault.ensure_keys(&draft.subjects()).await?;
        let Draft { writes, mut facts, claims, pending, mut answer, origin, after: _ } = draft;
        let event_ids: Vec<Uuid> = pending.iter().map(|_| Uuid::now_v7()).collect();
        let payloads: Vec<PlainPayload<'_>> = pending
            .iter()
            .zip(&event_ids)
            .map(|(event, id)| PlainPayload {
                subject: event.subject,
                event_id: *id,
                payload: &event.payload,
            })
            .collect();
        let sealed = self.inner.vault.seal_many(&payloads).await?;
        let common = frame.metadata();
        let mut events = Vec::with_capacity(pending.len());
        for ((event, event_id), sealed) in pending.into_iter().zip(event_ids).zip(sealed) {
            let payload =
                Sealed::from_vault(sealed).map_err(|error| CommandError::Inconsistent(Box::new(error)))?;
            if event.stream.id == answer.id {
                answer.version = event.sequence;
                answer.event = Some(event_id);
            }
            events.push(NewEvent {
                stream: event.stream,
                sequence: event.sequence,
                event_type: event.name.to_owned(),
                event_version: event.version,
                payload,
                metadata: Metadata {
                    event_id,
                    recorded_at: event.recorded_at,
                    occurred_on: event.occurred_on,
                    subject: event.subject,
                    origin,
                    ..common.clone()
                },
            });
        }
        for read in frame.always_read.iter().cloned().chain(frame.noted()) {
            if !facts.contains(&read) {
                facts.push(read);
            }
        }
        facts.retain(|fact| writes.iter().all(|write| write.stream != fact.stream));
        let text =
            serde_json::to_string(&answer).map_err(|error| CommandError::Inconsistent(Box::new(error)))?;
        let append = Append {
            principal: frame.actor.principal,
            command_id: frame.command_id,
            digest: frame.digest,
            answer: text,
            writes,
            facts,
            claims,
            releases: Vec::new(),
            events,
        };
        Ok((append, answer))
    }
}

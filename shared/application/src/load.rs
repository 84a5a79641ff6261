//! Loads aggregates: reads their streams, unseals them in one go, folds them into states.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use peiyu_contracts::Recorded;
use peiyu_domain::Aggregate;
use peiyu_domain::any_event::EventFault;
use peiyu_store::{StreamId, StreamVersion};
use peiyu_vault::SealedPayload;
use serde_json::Value;
use uuid::Uuid;

use crate::handle::Frame;
use crate::hosted::Hosted;
use crate::states::Memory;
use crate::{Application, CommandError};

/// A state with the version at which it was read.
#[derive(Debug, Clone)]
pub struct Loaded<A> {
    /// Which.
    pub id: Uuid,
    /// What is so.
    pub state: A,
    /// Last sequence; 0 when there is no such aggregate.
    pub version: i64,
    /// When its last event was recorded: time never runs backwards within a stream.
    pub last_recorded: Option<Timestamp>,
    /// Bytes of its events, as stored.
    pub(crate) bytes: usize,
    /// When it was read and unsealed.
    pub(crate) read_at: Instant,
}

impl<A: Aggregate> Loaded<A> {
    /// An aggregate that does not exist yet.
    #[must_use]
    pub fn absent(id: Uuid) -> Self {
        Self { id, state: A::default(), version: 0, last_recorded: None, bytes: 0, read_at: Instant::now() }
    }

    /// Whether anything ever happened to it.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.version > 0
    }

    /// The stream.
    #[must_use]
    pub fn stream(&self) -> StreamId {
        StreamId::new(A::TYPE, self.id)
    }

    /// The stream as it was read.
    #[must_use]
    pub fn read(&self) -> StreamVersion {
        StreamVersion { stream: self.stream(), version: self.version }
    }
}

impl Application {
    /// One aggregate; absent when there is none.
    ///
    /// # Errors
    /// When store or vault do not answer or their data cannot be read.
    pub async fn load<A: Aggregate>(&self, id: Uuid) -> Result<Loaded<A>, CommandError> {
        let mut loaded = self.load_all::<A>(&[id]).await?;
        Ok(loaded.pop().unwrap_or_else(|| Loaded::absent(id)))
    }

    /// An aggregate on which a command rests: from memory unless the attempt before went wrong. That it was read is
    /// noted, so that the append checks its version.
    pub(crate) async fn load_for<A: Aggregate>(
        &self,
        frame: &Frame,
        id: Uuid,
    ) -> Result<Arc<Loaded<A>>, CommandError> {
        let loaded = self.load_by(frame.memory, id).await?;
        frame.note(loaded.read());
        Ok(loaded)
    }

    /// As [`Application::load_for`], for whoever sees to it that the append checks the version.
    pub(crate) async fn load_by<A: Aggregate>(
        &self,
        memory: Memory,
        id: Uuid,
    ) -> Result<Arc<Loaded<A>>, CommandError> {
        if memory == Memory::Use
            && let Some(kept) = self.inner.states.get(id)
        {
            return Ok(kept);
        }
        let loaded = Arc::new(self.load::<A>(id).await?);
        if memory != Memory::Leave {
            self.inner.states.keep(Arc::clone(&loaded));
        }
        Ok(loaded)
    }

    /// Several aggregates of a kind, in the order asked, in one query.
    ///
    /// # Errors
    /// As [`Application::load`].
    pub async fn load_all<A: Aggregate>(&self, ids: &[Uuid]) -> Result<Vec<Loaded<A>>, CommandError> {
        let streams: Vec<StreamId> = ids.iter().map(|id| StreamId::new(A::TYPE, *id)).collect();
        let histories = self.inner.store.load(&streams).await?;
        let mut payloads = self.unseal_histories(&histories).await?;
        let mut all = Vec::with_capacity(ids.len());
        for (id, history) in ids.iter().zip(&histories) {
            let mut loaded = Loaded::<A>::absent(*id);
            for recorded in history {
                let payload = payloads.remove(&recorded.metadata.event_id).unwrap_or(Value::Null);
                loaded.state.evolve(&read_event::<A>(payload)?);
                loaded.version = recorded.sequence;
                loaded.last_recorded = Some(recorded.metadata.recorded_at);
                loaded.bytes += recorded.payload.get().len();
            }
            all.push(loaded);
        }
        Ok(all)
    }

    async fn unseal_histories(
        &self,
        histories: &[Vec<Recorded>],
    ) -> Result<HashMap<Uuid, Value>, CommandError> {
        let sealed: Vec<SealedPayload<'_>> = histories.iter().flatten().map(sealed_payload).collect();
        let plain = self.inner.vault.unseal_many(&sealed).await?;
        sealed.iter().zip(plain).map(|(sealed, payload)| Ok((sealed.event_id, payload?))).collect()
    }
}

/// What the vault needs to unseal a stored event.
pub(crate) fn sealed_payload(event: &Recorded) -> SealedPayload<'_> {
    SealedPayload {
        subject: event.metadata.subject,
        event_id: event.metadata.event_id,
        payload: event.payload.get(),
    }
}

fn read_event<A: Aggregate>(payload: Value) -> Result<A::Event, CommandError> {
    serde_json::from_value(payload).map_err(|source| {
        CommandError::from(EventFault::Unreadable { aggregate: A::TYPE.to_owned(), source })
    })
}

impl<A: Aggregate> Loaded<A> {
    /// The state hosted for a decision.
    pub(crate) fn hosted(&self) -> Hosted<A> {
        Hosted(self.state.clone())
    }
}

//! Hosts deciders in `cqrs-es`: its repository trait over our table and our append.
//!
//! `postgres-es` reads what this writes and the other way round. There are no snapshots.

use std::sync::Arc;

use cqrs_es::Aggregate;
use cqrs_es::persist::{
    PersistedEventRepository, PersistenceError, ReplayStream, SerializedEvent, SerializedSnapshot,
};
use peiyu_contracts::Metadata;
use serde_json::Value;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::Store;
use crate::command::{Append, Claim, NewEvent, Outcome, StreamId, StreamVersion};
use crate::error::StoreError;
use crate::sealed::Sealed;

/// Events of one stream that a replay reads ahead.
const REPLAY_AHEAD: usize = 200;

/// The parts of a command that `cqrs-es` has no place for.
#[derive(Debug, Clone)]
pub struct CommandFrame {
    /// The account that sent it.
    pub principal: Uuid,
    /// The command's id.
    pub command_id: Uuid,
    /// Keyed digest of route and body.
    pub digest: [u8; 32],
    /// The answer, JSON text.
    pub answer: String,
    /// Streams that the decision rests on.
    pub facts: Vec<StreamVersion>,
    /// Unique things that it takes.
    pub claims: Vec<Claim>,
    /// Unique things that it gives back.
    pub releases: Vec<Claim>,
}

/// A command that `persist` did not append; rides in [`PersistenceError::UnknownError`] and is downcast there.
/// Only a stale version of the aggregate itself comes as [`PersistenceError::OptimisticLockError`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the command was not appended: {0:?}")]
pub struct NotAppended(pub Outcome);

/// The store as `cqrs-es` sees it, for one command.
#[derive(Debug, Clone)]
pub struct EventRepository {
    store: Store,
    frame: Arc<CommandFrame>,
}

impl EventRepository {
    /// A repository that appends under this command.
    #[must_use]
    pub fn new(store: Store, frame: CommandFrame) -> Self {
        Self { store, frame: Arc::new(frame) }
    }

    async fn select<A: Aggregate>(
        &self,
        aggregate_id: &str,
        after: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let rows = sqlx::query(
            "select aggregate_type, aggregate_id, sequence, event_type, event_version, \
                 payload::text as payload, metadata::text as metadata from store.events \
             where aggregate_type = $1 and aggregate_id = $2 and sequence > $3 order by sequence",
        )
        .bind(A::TYPE)
        .bind(aggregate_id)
        .bind(i64::try_from(after).unwrap_or(i64::MAX))
        .fetch_all(self.store.pool())
        .await
        .map_err(read_error)?;
        rows.iter().map(serialized).collect()
    }

    fn command<A: Aggregate>(&self, events: &[SerializedEvent]) -> Result<Append, PersistenceError> {
        let mut writes: Vec<StreamVersion> = Vec::new();
        let mut new_events = Vec::with_capacity(events.len());
        for event in events {
            let mut event = new_event::<A>(event)?;
            // `cqrs-es` gives all events of a commit the same metadata; an event id is used once.
            let id = event.metadata.event_id;
            if new_events.iter().any(|earlier: &NewEvent| earlier.metadata.event_id == id) {
                event.metadata.event_id = Uuid::new_v5(&id, &event.sequence.to_be_bytes());
            }
            if writes.iter().all(|write| write.stream != event.stream) {
                writes.push(StreamVersion { stream: event.stream.clone(), version: event.sequence - 1 });
            }
            new_events.push(event);
        }
        let frame = self.frame.as_ref().clone();
        Ok(Append {
            principal: frame.principal,
            command_id: frame.command_id,
            digest: frame.digest,
            answer: frame.answer,
            writes,
            facts: frame.facts,
            claims: frame.claims,
            releases: frame.releases,
            events: new_events,
        })
    }
}

impl PersistedEventRepository for EventRepository {
    async fn get_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.select::<A>(aggregate_id, 0).await
    }

    async fn get_last_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
        last_sequence: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.select::<A>(aggregate_id, last_sequence).await
    }

    async fn get_snapshot<A: Aggregate>(
        &self,
        _: &str,
    ) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        Ok(None)
    }

    async fn persist<A: Aggregate>(
        &self,
        events: &[SerializedEvent],
        snapshot_update: Option<(String, Value, usize)>,
    ) -> Result<(), PersistenceError> {
        if snapshot_update.is_some() {
            return Err(unknown(StoreError::Malformed("there are no snapshots".into())));
        }
        let command = self.command::<A>(events)?;
        let outcome = self.store.append(std::slice::from_ref(&command)).await.map_err(store_error)?.pop();
        match outcome {
            Some(Outcome::Done) => Ok(()),
            Some(Outcome::Stale { stream, .. })
                if command.writes.iter().any(|write| write.stream == stream) =>
            {
                Err(PersistenceError::OptimisticLockError)
            }
            Some(other) => Err(unknown(NotAppended(other))),
            None => Err(unknown(StoreError::Stopped)),
        }
    }

    async fn stream_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
    ) -> Result<ReplayStream, PersistenceError> {
        let events = self.select::<A>(aggregate_id, 0).await?;
        let (mut feed, stream) = ReplayStream::new(REPLAY_AHEAD);
        tokio::spawn(async move {
            for event in events {
                // The reader may stop early.
                if feed.push(Ok(event)).await.is_err() {
                    return;
                }
            }
        });
        Ok(stream)
    }

    /// Refused: it would not come in commit order. Read models follow the feed.
    async fn stream_all_events<A: Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        Err(unknown(StoreError::Malformed("events of all streams are read from the feed".into())))
    }
}

fn new_event<A: Aggregate>(event: &SerializedEvent) -> Result<NewEvent, PersistenceError> {
    let malformed = |problem: String| unknown(StoreError::Malformed(problem));
    let id = Uuid::parse_str(&event.aggregate_id).map_err(|error| malformed(error.to_string()))?;
    let metadata: Metadata = serde_json::from_value(event.metadata.clone())?;
    let event_version = event.event_version.parse().map_err(|_| {
        malformed(format!("the version {:?} of {} is no number", event.event_version, event.event_type))
    })?;
    Ok(NewEvent {
        stream: StreamId::new(A::TYPE, id),
        sequence: i64::try_from(event.sequence).map_err(|error| malformed(error.to_string()))?,
        event_type: event.event_type.clone(),
        event_version,
        payload: Sealed::from_vault(serde_json::to_string(&event.payload)?).map_err(unknown)?,
        metadata,
    })
}

fn serialized(row: &PgRow) -> Result<SerializedEvent, PersistenceError> {
    let text = |column: &str| row.try_get::<String, _>(column).map_err(read_error);
    let sequence: i64 = row.try_get("sequence").map_err(read_error)?;
    Ok(SerializedEvent::new(
        text("aggregate_id")?,
        usize::try_from(sequence).map_err(unknown)?,
        text("aggregate_type")?,
        text("event_type")?,
        text("event_version")?,
        serde_json::from_str(&text("payload")?)?,
        serde_json::from_str(&text("metadata")?)?,
    ))
}

fn read_error(error: sqlx::Error) -> PersistenceError {
    store_error(StoreError::reading(error))
}

fn store_error(error: StoreError) -> PersistenceError {
    match error {
        StoreError::Unavailable(_) => PersistenceError::ConnectionError(Box::new(error)),
        StoreError::UnknownOutcome(_)
        | StoreError::TooLarge { .. }
        | StoreError::Malformed(_)
        | StoreError::EventIdUsed
        | StoreError::Inconsistent { .. }
        | StoreError::Stopped
        | StoreError::Refused(_) => unknown(error),
    }
}

fn unknown(error: impl std::error::Error + Send + Sync + 'static) -> PersistenceError {
    PersistenceError::UnknownError(Box::new(error))
}

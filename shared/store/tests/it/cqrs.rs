//! `cqrs-es` on our table: `postgres-es` reads what ours wrote and the other way round.

use std::collections::HashMap;

use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::{PersistedEventRepository, PersistedEventStore, PersistenceError};
use cqrs_es::{Aggregate, AggregateError, DomainEvent, EventStore};
use peiyu_store::{CommandFrame, EventRepository, NotAppended, Outcome, StreamId, StreamVersion};
use postgres_es::PostgresEventRepository;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::support::{Says, TestStore, command, count, empty_store, metadata, stale, stream};

#[derive(Debug, Default, Serialize, Deserialize)]
struct Talks {
    held: Vec<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum TalkEvent {
    TalkRecorded { n: u32 },
}

#[derive(Debug, thiserror::Error)]
#[error("never")]
struct Never;

impl DomainEvent for TalkEvent {
    fn event_type(&self) -> String {
        "TalkRecorded".into()
    }

    fn event_version(&self) -> String {
        "1".into()
    }
}

impl Aggregate for Talks {
    const TYPE: &'static str = "candidate";
    type Command = u32;
    type Event = TalkEvent;
    type Error = Never;
    type Services = ();

    async fn handle(&mut self, n: u32, (): &(), sink: &EventSink<Self>) -> Result<(), Never> {
        sink.write(TalkEvent::TalkRecorded { n }, self).await;
        Ok(())
    }

    fn apply(&mut self, event: TalkEvent) {
        match event {
            TalkEvent::TalkRecorded { n } => self.held.push(n),
        }
    }
}

fn frame() -> CommandFrame {
    CommandFrame {
        principal: Uuid::from_u128(1),
        command_id: Uuid::now_v7(),
        digest: [7; 32],
        answer: "{}".into(),
        facts: vec![],
        claims: vec![],
        releases: vec![],
    }
}

fn ours(store: &TestStore, frame: CommandFrame) -> PersistedEventStore<EventRepository, Talks> {
    PersistedEventStore::new_event_store(EventRepository::new(peiyu_store::Store::clone(store), frame))
}

fn theirs(store: &TestStore) -> PersistedEventStore<PostgresEventRepository, Talks> {
    let repository = PostgresEventRepository::new(store.pool().clone());
    PersistedEventStore::new_event_store(repository.with_tables("store.events", "store.snapshots"))
}

fn talk(n: u32) -> TalkEvent {
    TalkEvent::TalkRecorded { n }
}

fn words(id: Uuid) -> HashMap<String, String> {
    metadata(id, Uuid::now_v7()).to_map()
}

async fn commit<E: EventStore<Talks>>(
    events: &E,
    id: Uuid,
    new: Vec<TalkEvent>,
) -> Result<(), AggregateError<Never>> {
    let context = events.load_aggregate(&id.to_string()).await?;
    events.commit(new, context, words(id)).await?;
    Ok(())
}

#[tokio::test]
async fn each_reads_what_the_other_wrote() {
    let store = empty_store().await;
    let id = Uuid::now_v7();
    commit(&ours(&store, frame()), id, vec![talk(1), talk(2)]).await.unwrap();
    commit(&theirs(&store), id, vec![talk(3)]).await.unwrap();
    commit(&ours(&store, frame()), id, vec![talk(4)]).await.unwrap();

    let key = id.to_string();
    let by_ours = ours(&store, frame()).load_events(&key).await.unwrap();
    let by_theirs = theirs(&store).load_events(&key).await.unwrap();
    let expected: Vec<_> = (1..=4).map(talk).collect();
    for read in [&by_ours, &by_theirs] {
        assert_eq!(read.iter().map(|event| event.payload.clone()).collect::<Vec<_>>(), expected);
        assert_eq!(read.iter().map(|event| event.sequence).collect::<Vec<_>>(), [1, 2, 3, 4]);
    }
    for (ours, theirs) in by_ours.iter().zip(&by_theirs) {
        assert_eq!(ours.metadata, theirs.metadata);
    }
}

#[tokio::test]
async fn what_postgres_es_wrote_has_all_that_the_feed_needs() {
    let store = empty_store().await;
    let candidate = stream("candidate");
    commit(&theirs(&store), candidate.id, vec![talk(1)]).await.unwrap();
    let events = store.load_one(&candidate).await.unwrap();
    let id: Uuid =
        sqlx::query_scalar("select event_id from store.events").fetch_one(store.pool()).await.unwrap();
    assert_eq!(events[0].metadata.event_id, id);
    assert_eq!(store.whole_feed().await, [(candidate.id, 1)]);
    assert_eq!(store.positions_of(&[id]).await.unwrap(), [Some(1)]);
}

#[tokio::test]
async fn a_stale_aggregate_is_a_conflict_in_both() {
    let store = empty_store().await;
    let id = Uuid::now_v7();
    let key = id.to_string();
    let (ours, theirs) = (ours(&store, frame()), theirs(&store));
    let early = ours.load_aggregate(&key).await.unwrap();
    let early_too = theirs.load_aggregate(&key).await.unwrap();
    commit(&theirs, id, vec![talk(1)]).await.unwrap();
    let conflict = ours.commit(vec![talk(2)], early, words(id)).await;
    assert!(matches!(conflict, Err(AggregateError::AggregateConflict)), "{conflict:?}");
    let conflict = theirs.commit(vec![talk(2)], early_too, words(id)).await;
    assert!(matches!(conflict, Err(AggregateError::AggregateConflict)), "{conflict:?}");
}

#[tokio::test]
async fn a_moved_fact_is_told_apart_from_a_conflict() {
    let store = empty_store().await;
    let (candidate, organisation) = (stream("candidate"), stream("organisation"));
    store.done(command().writing(&organisation, 0, 2)).await;
    let fact = StreamVersion { stream: organisation.clone(), version: 1 };
    let frame = CommandFrame { facts: vec![fact], ..frame() };
    let error = commit(&ours(&store, frame), candidate.id, vec![talk(1)]).await.unwrap_err();
    let AggregateError::UnexpectedError(error) = error else { panic!("{error:?}") };
    let NotAppended(outcome) = error.downcast_ref::<NotAppended>().unwrap();
    assert_eq!(*outcome, stale(&organisation, 1, 2));
    assert_eq!(count(store.pool(), "commands").await, 1);
}

#[tokio::test]
async fn the_same_command_again_appends_nothing() {
    let store = empty_store().await;
    let id = Uuid::now_v7();
    let frame = frame();
    commit(&ours(&store, frame.clone()), id, vec![talk(1)]).await.unwrap();
    let error = commit(&ours(&store, frame), id, vec![talk(1)]).await.unwrap_err();
    let AggregateError::UnexpectedError(error) = error else { panic!("{error:?}") };
    let NotAppended(outcome) = error.downcast_ref::<NotAppended>().unwrap();
    assert_eq!(*outcome, Outcome::Repeated { answer: "{}".into() });
    assert_eq!(store.version(&StreamId::new("candidate", id)).await, 1);
}

#[tokio::test]
async fn a_stream_is_replayed_and_all_streams_are_read_from_the_feed() {
    let store = empty_store().await;
    let id = Uuid::now_v7();
    commit(&ours(&store, frame()), id, vec![talk(1), talk(2)]).await.unwrap();
    let repository = EventRepository::new(peiyu_store::Store::clone(&store), frame());
    let mut replay = repository.stream_events::<Talks>(&id.to_string()).await.unwrap();
    let mut held = Vec::new();
    while let Some(event) = replay.next::<Talks>(&[]).await {
        held.push(event.unwrap().payload);
    }
    assert_eq!(held, [talk(1), talk(2)]);
    assert_eq!(repository.get_last_events::<Talks>(&id.to_string(), 1).await.unwrap().len(), 1);
    assert!(matches!(
        repository.stream_all_events::<Talks>().await.map(|_| ()),
        Err(PersistenceError::UnknownError(_))
    ));
}

//! What the tests share: a migrated database of their own, and commands that read like sentences.

use std::ops::Deref;

use peiyu_contracts::Metadata;
use peiyu_servers::testing::{TestDatabase, database};
use peiyu_store::{Append, Claim, NewEvent, Outcome, Sealed, Store, StreamId, StreamVersion};
use sqlx::PgPool;
use uuid::Uuid;

/// A store on a database that is dropped with it.
pub struct TestStore {
    store: Store,
    pub database: TestDatabase,
}

impl Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

pub async fn empty_store() -> TestStore {
    let database = database().await;
    let store = Store::connect(&database.url, 10).await.unwrap();
    peiyu_store::migrate(store.pool()).await.unwrap();
    TestStore { store, database }
}

impl TestStore {
    /// A second process on the same database.
    pub async fn another(&self) -> Store {
        Store::connect(&self.database.url, 10).await.unwrap()
    }

    /// Appends one command and gives its outcome.
    pub async fn outcome(&self, command: Append) -> Outcome {
        self.append(&[command]).await.unwrap().pop().unwrap()
    }

    pub async fn done(&self, command: Append) {
        assert_eq!(self.outcome(command).await, Outcome::Done);
    }

    pub async fn version(&self, stream: &StreamId) -> i64 {
        self.versions(std::slice::from_ref(stream)).await.unwrap().pop().unwrap()
    }

    /// Sequences everything and gives (aggregate id, sequence) by position, checked to be dense.
    pub async fn whole_feed(&self) -> Vec<(Uuid, i64)> {
        while self.sequence_once(1000).await.unwrap() > 0 {}
        let mut all = Vec::new();
        loop {
            let page = self.feed_page(i64::try_from(all.len()).unwrap(), 500, 1 << 20).await.unwrap();
            if page.is_empty() {
                return all;
            }
            all.extend(page.iter().map(|event| (event.aggregate_id, event.sequence)));
        }
    }
}

pub async fn count(pool: &PgPool, table: &str) -> i64 {
    sqlx::query_scalar(&format!("select count(*) from store.{table}")).fetch_one(pool).await.unwrap()
}

pub fn stream(kind: &'static str) -> StreamId {
    StreamId::new(kind, Uuid::now_v7())
}

pub fn claim(key: u8, stream: &StreamId) -> Claim {
    Claim { kind: "staff_number".into(), key: [key; 32], stream: stream.clone() }
}

/// A command that does nothing yet.
pub fn command() -> Append {
    Append {
        principal: Uuid::from_u128(1),
        command_id: Uuid::now_v7(),
        digest: [7; 32],
        answer: r#"{"id":"x"}"#.into(),
        writes: vec![],
        facts: vec![],
        claims: vec![],
        releases: vec![],
        events: vec![],
    }
}

/// Continues a command: `command().writing(&stream, 0, 2).resting_on(&other, 3)`.
pub trait Says: Sized {
    fn writing(self, stream: &StreamId, version: i64, events: i64) -> Self;
    fn resting_on(self, stream: &StreamId, version: i64) -> Self;
    fn claiming(self, key: u8, stream: &StreamId) -> Self;
    fn releasing(self, key: u8, stream: &StreamId) -> Self;
    fn by(self, principal: u128) -> Self;
    fn under(self, command_id: Uuid) -> Self;
}

impl Says for Append {
    fn writing(mut self, stream: &StreamId, version: i64, events: i64) -> Self {
        self.writes.push(StreamVersion { stream: stream.clone(), version });
        for sequence in version + 1..=version + events {
            self.events.push(event(stream, sequence, self.command_id));
        }
        self
    }

    fn resting_on(mut self, stream: &StreamId, version: i64) -> Self {
        self.facts.push(StreamVersion { stream: stream.clone(), version });
        self
    }

    fn claiming(mut self, key: u8, stream: &StreamId) -> Self {
        self.claims.push(claim(key, stream));
        self
    }

    fn releasing(mut self, key: u8, stream: &StreamId) -> Self {
        self.releases.push(claim(key, stream));
        self
    }

    fn by(mut self, principal: u128) -> Self {
        self.principal = Uuid::from_u128(principal);
        self
    }

    fn under(mut self, command_id: Uuid) -> Self {
        self.command_id = command_id;
        self
    }
}

pub fn event(stream: &StreamId, sequence: i64, command_id: Uuid) -> NewEvent {
    NewEvent {
        stream: stream.clone(),
        sequence,
        event_type: "TalkRecorded".into(),
        event_version: 1,
        payload: Sealed::from_vault(format!(r#"{{ "n":{sequence},  "gist":{{"$sealed":"AQ=="}} }}"#))
            .unwrap(),
        metadata: metadata(stream.id, command_id),
    }
}

pub fn metadata(subject: Uuid, command_id: Uuid) -> Metadata {
    let recorded_at = "2026-05-12T01:02:03.000004Z".parse().unwrap();
    Metadata {
        occurred_on: Some("2026-05-11".parse().unwrap()),
        policy_version: Some("2026-05-11".into()),
        ..peiyu_contracts::testing::metadata(Uuid::now_v7(), recorded_at, command_id, subject)
    }
}

pub fn stale(stream: &StreamId, expected: i64, found: i64) -> Outcome {
    Outcome::Stale { stream: stream.clone(), expected, found }
}

pub fn taken(holder: &StreamId) -> Outcome {
    Outcome::Taken { kind: "staff_number".into(), holder: holder.clone() }
}

pub fn repeated() -> Outcome {
    Outcome::Repeated { answer: r#"{"id":"x"}"#.into() }
}

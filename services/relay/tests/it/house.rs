//! What the tests share: a store, a tenant on NATS, and relays that are started and stopped.

use std::time::Duration;

use peiyu_bus::{Bus, BusError, Delivered, Stream};
use peiyu_contracts::Metadata;
use peiyu_platform::{Health, Settings, Shutdown};
use peiyu_relay::RelayError;
pub use peiyu_servers::testing::eventually;
use peiyu_servers::testing::{self, PrivateNats, TestDatabase, TestNats};
use peiyu_store::{Append, NewEvent, Outcome, Sealed, Store, StreamId, StreamVersion};
use secrecy::ExposeSecret;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// A store and where its stream lies.
pub struct House {
    pub store: Store,
    pub settings: Settings,
    _database: TestDatabase,
    _tenant: Option<TestNats>,
}

impl House {
    pub async fn on_shared_servers() -> Self {
        let nats = testing::nats().await;
        let access = (nats.url.clone(), nats.user.clone(), nats.password.clone());
        Self::new(access, nats.tenant.clone(), Some(nats)).await
    }

    /// With a nats-server that the test may kill.
    pub async fn on(nats: &PrivateNats) -> Self {
        let server = &nats.server;
        let password = server.password().expose_secret().to_owned();
        Self::new((server.url(), server.user().to_owned(), password), "demo".to_owned(), None).await
    }

    async fn new(access: (String, String, String), tenant: String, shared: Option<TestNats>) -> Self {
        let database = testing::database().await;
        let store = Store::connect(&database.url, 10).await.unwrap();
        peiyu_store::migrate(store.pool()).await.unwrap();
        let settings = settings_of(&database.url, access, tenant);
        Self { store, settings, _database: database, _tenant: shared }
    }

    pub fn relay(&self) -> Relay {
        Relay::start(self.settings.clone())
    }

    /// Appends `streams` new streams of `events` events each.
    pub async fn append(&self, streams: usize, events: i64) {
        append(&self.store, streams, events).await;
    }

    pub async fn bus(&self) -> Bus {
        let nats = &self.settings.nats;
        Bus::connect(&nats.url, nats.user.as_deref(), nats.password.as_ref()).await.unwrap()
    }

    pub async fn stream(&self, epoch: i32) -> Stream {
        let name = peiyu_contracts::subject::stream_name(&self.settings.tenant, epoch);
        Stream::named(&self.bus().await, &name)
    }

    /// Waits until the stream ends at `last`, then checks it against the feed, position by position.
    pub async fn stream_equals_feed(&self, last: u64) -> Vec<Delivered> {
        let stream = self.stream(1).await;
        eventually("the stream holds everything", || async {
            match stream.state().await {
                Ok(state) => state.last_sequence >= last,
                Err(BusError::NoStream { .. } | BusError::Unavailable { .. }) => false,
                Err(error) => panic!("{error:?}"),
            }
        })
        .await;
        assert_eq!(stream.state().await.unwrap().last_sequence, last, "nothing is there twice");
        let mut all = Vec::new();
        while all.len() < usize::try_from(last).unwrap() {
            let page = stream.fetch(all.len() as u64, 1000).await.unwrap();
            assert!(!page.is_empty());
            all.extend(page);
        }
        let mut after = 0;
        for message in &all {
            let event = self.store.feed_at(after + 1).await.unwrap().unwrap();
            after += 1;
            assert_eq!(message.sequence, u64::try_from(after).unwrap());
            assert_eq!(message.id().unwrap(), event.metadata.event_id.to_string());
            assert_eq!(message.payload, event.payload.get().as_bytes());
        }
        all
    }
}

/// Settings of a relay and nothing else.
pub fn settings_of(
    database_url: &str,
    (url, user, password): (String, String, String),
    tenant: String,
) -> Settings {
    let value = serde_json::json!({
        "tenant": tenant, "data": std::env::temp_dir(),
        "database": { "url": database_url, "keys_url": database_url },
        "nats": { "url": url, "user": user, "password": password },
        "http": { "listen": "127.0.0.1:0", "public_url": "" },
        "vault": { "master_key_file": "none" },
    });
    serde_json::from_value(value).unwrap()
}

/// Trace context of every event.
pub const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A running relay.
pub struct Relay {
    pub health: Health,
    shutdown: Shutdown,
    task: JoinHandle<Result<(), RelayError>>,
}

impl Relay {
    pub fn start(settings: Settings) -> Self {
        let (health, shutdown) = (Health::new(), Shutdown::new());
        let task = tokio::spawn(peiyu_relay::run(settings, health.clone(), shutdown.clone()));
        Self { health, shutdown, task }
    }

    /// Why a dependency is down, once it is.
    pub async fn down(&self, name: &str) -> String {
        let reason = || {
            let all = self.health.dependencies();
            all.into_iter().find(|dependency| dependency.name == name).and_then(|found| found.reason)
        };
        eventually("the dependency is down", || async { reason().is_some() }).await;
        reason().unwrap()
    }

    pub async fn is_ready(&self) {
        eventually("the relay is ready", || async { self.health.is_ready() }).await;
    }

    /// Asks it to end, which takes less than ten seconds and is no failure.
    pub async fn stop(self) {
        self.shutdown.request();
        tokio::time::timeout(Duration::from_secs(10), self.task).await.unwrap().unwrap().unwrap();
    }
}

pub async fn append(store: &Store, streams: usize, events: i64) {
    for _ in 0..streams {
        let stream = StreamId::new("candidate", Uuid::now_v7());
        let command = command(&stream, events);
        let outcome = store.append(&[command]).await.unwrap().pop().unwrap();
        assert_eq!(outcome, Outcome::Done);
    }
    store.notify_appended().await;
}

fn command(stream: &StreamId, events: i64) -> Append {
    let command_id = Uuid::now_v7();
    Append {
        principal: Uuid::from_u128(1),
        command_id,
        digest: [7; 32],
        answer: "{}".to_owned(),
        writes: vec![StreamVersion { stream: stream.clone(), version: 0 }],
        facts: vec![],
        claims: vec![],
        releases: vec![],
        events: (1..=events).map(|sequence| event(stream, sequence, command_id)).collect(),
    }
}

fn event(stream: &StreamId, sequence: i64, command_id: Uuid) -> NewEvent {
    // Spaces and order of a payload are part of it.
    let payload = format!(r#"{{"z": {sequence},  "a": {{"$sealed": "AQ=="}}, "text": "谈心谈话"}}"#);
    NewEvent {
        stream: stream.clone(),
        sequence,
        event_type: "TalkRecorded".to_owned(),
        event_version: 1,
        payload: Sealed::from_vault(payload).unwrap(),
        metadata: Metadata {
            policy_version: Some("2026 版".to_owned()),
            traceparent: Some(TRACEPARENT.to_owned()),
            ..peiyu_contracts::testing::metadata(
                Uuid::now_v7(),
                peiyu_platform::Clock::machine(jiff::SignedDuration::ZERO).now(),
                command_id,
                stream.id,
            )
        },
    }
}

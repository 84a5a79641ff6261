//! What the tests share: store, keys and read models on one database, and projectors that are started and stopped.

use std::time::Duration;

use jiff::SignedDuration;
use peiyu_contracts::Metadata;
use peiyu_domain::AnyEvent;
use peiyu_domain::person::PersonEvent;
use peiyu_domain::person::events::{Field, Source};
use peiyu_domain::testing::record;
use peiyu_platform::{Clock, Health, Settings, Shutdown};
use peiyu_projector::{Feed, ProjectorError};
pub use peiyu_servers::testing::eventually;
use peiyu_servers::testing::{self, ScratchFolder, TestDatabase};
use peiyu_store::{Append, NewEvent, Outcome, Sealed, Store, StreamId, StreamVersion};
use peiyu_vault::{MasterKey, Vault};
use peiyu_views::View;
use serde_json::Value;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Trace context of every event.
pub const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Everything a projector stands on.
pub struct House {
    pub store: Store,
    pub vault: Vault,
    pub settings: Settings,
    _folder: ScratchFolder,
    _database: Option<TestDatabase>,
}

impl House {
    /// On the shared PostgreSQL, with NATS at an address where nobody listens unless the test gives one.
    pub async fn new() -> Self {
        let database = testing::database().await;
        let mut house = Self::on(&database.url).await;
        house._database = Some(database);
        house
    }

    pub async fn on(url: &str) -> Self {
        let folder = ScratchFolder::new();
        let settings = settings_of(url, &folder);
        let master = MasterKey::create(&settings.vault.master_key_file).unwrap();
        let store = Store::connect(url, 6).await.unwrap();
        peiyu_store::migrate(store.pool()).await.unwrap();
        peiyu_vault::migrate(store.pool()).await.unwrap();
        peiyu_views::generation::migrate(store.pool()).await.unwrap();
        let vault = Vault::open(store.pool().clone(), &master).await.unwrap();
        Self { store, vault, settings, _folder: folder, _database: None }
    }

    pub fn feed(&self) -> Feed {
        Feed::new(self.store.clone(), self.vault.clone())
    }

    pub fn projector(&self) -> Projector {
        Projector::start(self.settings.clone())
    }

    /// Registers people and gives their events positions.
    pub async fn register(&self, people: usize) {
        for _ in 0..people {
            let person = Uuid::now_v7();
            self.append(person, "person", &registered()).await;
        }
        self.sequence().await;
    }

    pub async fn sequence(&self) {
        while self.store.sequence_once(1000).await.unwrap() > 0 {}
    }

    /// Appends the first event of a stream, sealed.
    pub async fn append(&self, id: Uuid, aggregate: &'static str, payload: &Value) {
        self.vault.ensure_keys(&[id]).await.unwrap();
        let event_id = Uuid::now_v7();
        let sealed = self.vault.seal_payload(id, event_id, payload).await.unwrap();
        self.append_sealed(id, aggregate, event_id, payload["event"].as_str().unwrap(), &sealed).await;
    }

    pub async fn append_sealed(
        &self,
        id: Uuid,
        aggregate: &'static str,
        event_id: Uuid,
        name: &str,
        sealed: &str,
    ) {
        let stream = StreamId::new(aggregate, id);
        let command = Append {
            principal: Uuid::from_u128(1),
            command_id: event_id,
            digest: [7; 32],
            answer: "{}".to_owned(),
            writes: vec![StreamVersion { stream: stream.clone(), version: 0 }],
            facts: vec![],
            claims: vec![],
            releases: vec![],
            events: vec![NewEvent {
                stream,
                sequence: 1,
                event_type: name.to_owned(),
                event_version: 1,
                payload: Sealed::from_vault(sealed.to_owned()).unwrap(),
                metadata: metadata(event_id, id),
            }],
        };
        assert_eq!(self.store.append(&[command]).await.unwrap().pop().unwrap(), Outcome::Done);
    }

    /// Waits until every read model stands at the head.
    pub async fn caught_up(&self) {
        let head = self.store.feed_head().await.unwrap().position;
        eventually("every read model stands at the head", || async {
            peiyu_views::checkpoint::least_position(self.store.pool(), View::ALL).await.unwrap() == head
        })
        .await;
    }

    pub async fn persons(&self) -> i64 {
        sqlx::query_scalar("select count(*) from views.persons").fetch_one(self.store.pool()).await.unwrap()
    }
}

/// A person's registration as the domain says it.
pub fn registered() -> Value {
    let event = PersonEvent::PersonRegistered {
        record: record(&[(Field::Name, "张三"), (Field::Unit, "计算机学院")]).into(),
        source: Source::Roster,
        import: None,
        row: None,
    };
    let payload = serde_json::to_value(&event).unwrap();
    assert_eq!(AnyEvent::read("person", payload.clone()).unwrap(), AnyEvent::Person(event));
    payload
}

fn settings_of(url: &str, folder: &ScratchFolder) -> Settings {
    let value = serde_json::json!({
        "tenant": "demo", "data": folder.to_path_buf(),
        "database": { "url": url, "keys_url": url },
        // Port 9 discards: nobody listens there.
        "nats": { "url": "nats://127.0.0.1:9" },
        "http": { "listen": "127.0.0.1:0", "public_url": "" },
        "vault": { "master_key_file": folder.join("master.key") },
    });
    serde_json::from_value(value).unwrap()
}

fn metadata(event_id: Uuid, subject: Uuid) -> Metadata {
    let now = Clock::machine(SignedDuration::ZERO).now();
    Metadata {
        traceparent: Some(TRACEPARENT.to_owned()),
        ..peiyu_contracts::testing::metadata(event_id, now, event_id, subject)
    }
}

/// A running projector.
pub struct Projector {
    pub health: Health,
    shutdown: Shutdown,
    task: JoinHandle<Result<(), ProjectorError>>,
}

impl Projector {
    pub fn start(settings: Settings) -> Self {
        let (health, shutdown) = (Health::new(), Shutdown::new());
        let task = tokio::spawn(peiyu_projector::run(settings, health.clone(), shutdown.clone()));
        Self { health, shutdown, task }
    }

    /// Why a dependency is down, once it is.
    pub async fn down(&self, name: &str) -> String {
        let reason = || {
            let down = |one: &peiyu_platform::health::Dependency| {
                one.name == name && one.condition == peiyu_platform::health::Condition::Down
            };
            self.health.dependencies().into_iter().find(down).and_then(|found| found.reason)
        };
        eventually("a dependency is down", || async { reason().is_some() }).await;
        reason().unwrap()
    }

    pub async fn is_ready(&self) {
        eventually("the projector is ready", || async { self.health.is_ready() }).await;
    }

    /// Asks it to end, which takes less than ten seconds and is no failure.
    pub async fn stop(self) {
        self.shutdown.request();
        tokio::time::timeout(Duration::from_secs(10), self.task).await.unwrap().unwrap().unwrap();
    }

    /// As `kill -9` does: nothing more is said.
    pub async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }
}

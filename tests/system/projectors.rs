//! Two projectors as processes of their own: one put to sleep in the middle of a page holds nobody up for long, and
//! does no harm when it wakes.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use peiyu_contracts::{Metadata, Origin};
use peiyu_domain::person::PersonEvent;
use peiyu_domain::person::events::{Field, Record, Source};
use peiyu_projector::Feed;
use peiyu_servers::testing::{PrivatePostgres, ScratchFolder};
use peiyu_store::{Append, NewEvent, Sealed, Store, StreamId, StreamVersion};
use peiyu_vault::{MasterKey, Vault};
use peiyu_views::View;
use uuid::Uuid;

use crate::house::until;

struct House {
    folder: ScratchFolder,
    runtime: tokio::runtime::Runtime,
    postgres: PrivatePostgres,
    store: Store,
    vault: Vault,
}

impl House {
    fn new() -> Self {
        let folder = ScratchFolder::new();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (postgres, store, vault) = runtime.block_on(async {
            let postgres = PrivatePostgres::start().await;
            postgres.server.create_database("peiyu").await.unwrap();
            let store = Store::connect(&postgres.server.url("peiyu"), 6).await.unwrap();
            peiyu_store::migrate(store.pool()).await.unwrap();
            peiyu_vault::migrate(store.pool()).await.unwrap();
            peiyu_views::generation::migrate(store.pool()).await.unwrap();
            let master = MasterKey::create(&folder.join("master.key")).unwrap();
            let vault = Vault::open(store.pool().clone(), &master).await.unwrap();
            (postgres, store, vault)
        });
        Self { folder, runtime, postgres, store, vault }
    }

    /// A projector without a stream: port 9 discards.
    fn projector(&self) -> Projector {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let text = format!(
            "tenant = \"demo\"\ndata = {folder:?}\n[database]\nurl = {url:?}\nkeys_url = {url:?}\n\
             [nats]\nurl = \"nats://127.0.0.1:9\"\n\
             [http]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1\"\n\
             operations = \"127.0.0.1:{port}\"\n[vault]\nmaster_key_file = {key:?}\n",
            folder = self.folder.display().to_string(),
            url = self.postgres.server.url("peiyu"),
            key = self.folder.join("master.key").display().to_string(),
        );
        let config = self.folder.join(format!("projector-{port}.toml"));
        std::fs::write(&config, text).unwrap();
        let log = std::fs::File::create(self.folder.join(format!("projector-{port}.log"))).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_peiyu"))
            .args(["run", "projector", "--config"])
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Projector { child, ready: format!("http://127.0.0.1:{port}/readyz") }
    }

    fn head(&self) -> i64 {
        self.runtime.block_on(self.store.feed_head()).unwrap().position
    }

    fn caught_up(&self) {
        let head = self.head();
        until("every read model stands at the head", || {
            let least = peiyu_views::checkpoint::least_position(self.store.pool(), View::ALL);
            self.runtime.block_on(least).unwrap() >= head
        });
    }

    /// Sessions that hold a transaction open and say nothing.
    fn asleep_within(&self) -> i64 {
        let select = "select count(*) from pg_stat_activity \
             where datname = current_database() and state = 'idle in transaction'";
        self.runtime.block_on(sqlx::query_scalar(select).fetch_one(self.store.pool())).unwrap()
    }
}

struct Projector {
    child: Child,
    ready: String,
}

impl Projector {
    fn is_ready(&self) {
        until("the projector is ready", || {
            reqwest::blocking::get(&self.ready).is_ok_and(|answer| answer.status().is_success())
        });
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }

    fn stop(mut self) {
        self.signal(Signal::SIGTERM);
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Projector {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_projector_put_to_sleep_within_a_page_holds_nobody_up_and_does_no_harm_when_it_wakes() {
    let house = House::new();
    let ended = Arc::new(AtomicBool::new(false));
    let writer = house.runtime.spawn({
        let (store, vault, ended) = (house.store.clone(), house.vault.clone(), ended.clone());
        async move {
            while !ended.load(Ordering::SeqCst) {
                register(&store, &vault, 20).await;
            }
        }
    });
    let sleeper = house.projector();
    sleeper.is_ready();
    until("it is asleep within a page", || {
        sleeper.signal(Signal::SIGSTOP);
        // A session that is just between two statements is asleep now; one at work may still become so.
        let within = house.asleep_within() > 0;
        if !within {
            sleeper.signal(Signal::SIGCONT);
        }
        within
    });
    let other = house.projector();
    house.caught_up();
    other.is_ready();
    sleeper.signal(Signal::SIGCONT);
    house.caught_up();
    sleeper.is_ready();
    ended.store(true, Ordering::SeqCst);
    house.runtime.block_on(writer).unwrap();
    other.stop();
    house.caught_up();
    sleeper.stop();
    let feed = Feed::new(house.store.clone(), house.vault.clone());
    let mut tell = |_, _| {};
    let verified = peiyu_views::verify::verify(house.store.pool(), View::ALL, &feed, &mut tell);
    for report in house.runtime.block_on(verified).unwrap() {
        assert!(report.differences.is_empty() && report.parked_streams == 0, "{report:?}");
        assert_eq!(report.position, house.head());
    }
}

/// Registers people and gives their events positions.
async fn register(store: &Store, vault: &Vault, people: usize) {
    for _ in 0..people {
        let (id, event_id) = (Uuid::now_v7(), Uuid::now_v7());
        let event = PersonEvent::PersonRegistered {
            record: Record::from([(Field::Name, "张三".to_owned())]).into(),
            source: Source::Roster,
            import: None,
            row: None,
        };
        vault.ensure_keys(&[id]).await.unwrap();
        let sealed = vault.seal_payload(id, event_id, &serde_json::to_value(&event).unwrap()).await.unwrap();
        let stream = StreamId::new("person", id);
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
                event_type: "PersonRegistered".to_owned(),
                event_version: 1,
                payload: Sealed::from_vault(sealed).unwrap(),
                metadata: metadata(event_id, id),
            }],
        };
        store.append(&[command]).await.unwrap();
    }
    while store.sequence_once(1000).await.unwrap() > 0 {}
}

fn metadata(event_id: Uuid, subject: Uuid) -> Metadata {
    Metadata {
        event_id,
        recorded_at: peiyu_platform::Clock::machine(jiff::SignedDuration::ZERO).now(),
        occurred_on: None,
        principal: Uuid::from_u128(1),
        actor_person: None,
        actor_organisation: None,
        actor_office: None,
        command_id: event_id,
        correlation_id: event_id,
        causation_id: None,
        policy_version: None,
        policy_hash: None,
        origin: Origin::Live,
        traceparent: None,
        subject,
    }
}

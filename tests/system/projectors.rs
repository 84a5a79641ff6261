//! Two projectors as processes of their own: one put to sleep in the middle of a page holds nobody up for long, and
//! does no harm when it wakes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::signal::Signal;
use peiyu_domain::person::PersonEvent;
use peiyu_domain::person::events::{Field, Record, Source};
use peiyu_projector::Feed;
use peiyu_servers::testing::{PrivatePostgres, ScratchFolder};
use peiyu_store::{Store, StreamId};
use peiyu_vault::{MasterKey, Vault};
use peiyu_views::View;
use uuid::Uuid;

use crate::house::until;
use crate::service::{Service, event, first_events};

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
    fn projector(&self) -> Service {
        let url = self.postgres.server.url("peiyu");
        let key = self.folder.join("master.key").display().to_string();
        Service::start("projector", &self.folder, (&url, "url = \"nats://127.0.0.1:9\"", &key))
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
        let registered = PersonEvent::PersonRegistered {
            record: Record::from([(Field::Name, "张三".to_owned())]).into(),
            source: Source::Roster,
            import: None,
            row: None,
        };
        vault.ensure_keys(&[id]).await.unwrap();
        let sealed =
            vault.seal_payload(id, event_id, &serde_json::to_value(&registered).unwrap()).await.unwrap();
        let stream = StreamId::new("person", id);
        let events = vec![event(&stream, 1, event_id, "PersonRegistered", sealed)];
        let command = first_events(stream, events);
        store.append(&[command]).await.unwrap();
    }
    while store.sequence_once(1000).await.unwrap() > 0 {}
}

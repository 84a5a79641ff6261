//! Two relays as processes of their own: restarted in turn under load, and one put to sleep with a batch in its
//! hands. Nothing is published twice, nothing is missing, and both are ready in the end.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use nix::sys::signal::Signal;
use peiyu_bus::{Bus, Stream};
use peiyu_servers::testing::{PrivateNats, PrivatePostgres, ScratchFolder};
use peiyu_store::{Store, StreamId};
use secrecy::ExposeSecret;
use uuid::Uuid;

use crate::house::until;
use crate::service::{Service, event, first_events};

/// Servers, a store, and settings for relays.
struct House {
    folder: ScratchFolder,
    runtime: tokio::runtime::Runtime,
    postgres: PrivatePostgres,
    nats: PrivateNats,
    store: Store,
}

impl House {
    fn new() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (postgres, nats, store) = runtime.block_on(async {
            let (postgres, nats) = (PrivatePostgres::start().await, PrivateNats::start().await);
            postgres.server.create_database("peiyu").await.unwrap();
            let store = Store::connect(&postgres.server.url("peiyu"), 4).await.unwrap();
            peiyu_store::migrate(store.pool()).await.unwrap();
            (postgres, nats, store)
        });
        Self { folder: ScratchFolder::new(), runtime, postgres, nats, store }
    }

    /// A relay that finds NATS at an address.
    fn relay(&self, nats_url: &str) -> Service {
        let server = &self.nats.server;
        let (user, password) = (server.user(), server.password().expose_secret());
        let nats = format!("url = {nats_url:?}\nuser = {user:?}\npassword = {password:?}");
        Service::start("relay", &self.folder, (&self.postgres.server.url("peiyu"), &nats, "none"))
    }

    fn append(&self, streams: usize, events: i64) {
        self.runtime.block_on(append(&self.store, streams, events));
    }

    fn head(&self) -> u64 {
        let head = self.runtime.block_on(self.store.feed_head()).unwrap();
        head.position.try_into().unwrap()
    }

    fn stream(&self) -> Stream {
        let server = &self.nats.server;
        let url = server.url();
        let bus = Bus::connect(&url, Some(server.user()), Some(server.password()));
        Stream::named(&self.runtime.block_on(bus).unwrap(), "PEIYU_demo_1")
    }

    /// Waits until the stream ends at `last`.
    fn published(&self, stream: &Stream, last: u64) {
        until(&format!("the stream ends at {last}"), || {
            self.runtime.block_on(stream.state()).is_ok_and(|state| state.last_sequence == last)
        });
    }

    /// Every position of the feed is a sequence of the stream, with the same event in it.
    fn stream_is_the_feed(&self, last: u64) {
        until("all have positions", || self.head() == last);
        let stream = self.stream();
        self.published(&stream, last);
        let mut after = 0;
        while after < last {
            let page = self.runtime.block_on(stream.fetch(after, 1000)).unwrap();
            let from = i64::try_from(after).unwrap();
            let events = self.runtime.block_on(self.store.feed_page(from, 1000, i64::MAX)).unwrap();
            assert!(!page.is_empty());
            for (message, event) in page.iter().zip(events) {
                after += 1;
                assert_eq!(message.sequence, after);
                assert_eq!(message.id().unwrap(), event.metadata.event_id.to_string());
            }
        }
    }
}

/// What doctor says of stream and feed.
fn doctor(relay: &Service) -> serde_json::Value {
    let told = relay.peiyu(&["doctor", "--json"]).stdout;
    let told: serde_json::Value = serde_json::from_slice(&told).unwrap();
    let checks = told["checks"].as_array().unwrap();
    checks.iter().find(|check| check["check"] == "stream").unwrap().clone()
}

#[test]
fn two_relays_restarted_in_turn_under_load_publish_everything_once() {
    let house = House::new();
    let url = house.nats.server.url();
    let mut relays = vec![house.relay(&url), house.relay(&url)];
    let ended = Arc::new(AtomicBool::new(false));
    let writer = house.runtime.spawn({
        let (store, ended) = (house.store.clone(), ended.clone());
        async move {
            let mut written = 0;
            while !ended.load(Ordering::SeqCst) {
                append(&store, 1, 7).await;
                written += 7;
            }
            written
        }
    });
    for _turn in 0..4 {
        relays.iter().for_each(Service::is_ready);
        let before = house.head();
        until("events flow", || house.head() > before + 100);
        relays.remove(0).stop();
        relays.push(house.relay(&url));
    }
    relays.iter().for_each(Service::is_ready);
    ended.store(true, Ordering::SeqCst);
    let written = house.runtime.block_on(writer).unwrap();
    house.stream_is_the_feed(written);
    relays.into_iter().for_each(Service::stop);
}

#[test]
fn a_relay_put_to_sleep_with_a_batch_in_its_hands_does_no_harm_when_it_wakes() {
    // One event goes out as one message, several as a batch that begins with a question.
    for events in [1, 30] {
        let house = House::new();
        let proxy = Proxy::before(&house.nats.server.url());
        let sleeper = house.relay(&proxy.url());
        sleeper.is_ready();
        proxy.hold_the_next_batch();
        house.append(1, events);
        proxy.holds_a_batch();
        sleeper.signal(Signal::SIGSTOP);

        let other = house.relay(&house.nats.server.url());
        house.append(20, 5);
        let head = u64::try_from(events).unwrap() + 100;
        house.stream_is_the_feed(head);
        other.is_ready();

        // First what it had sent arrives, then it goes on where it was.
        proxy.let_go();
        sleeper.signal(Signal::SIGCONT);
        house.append(20, 5);
        house.stream_is_the_feed(head + 100);
        sleeper.is_ready();
        other.is_ready();
        // And it can still carry the load alone.
        other.stop();
        house.append(20, 5);
        house.stream_is_the_feed(head + 200);
        sleeper.stop();
    }
}

#[test]
fn a_relay_that_stopped_is_told_by_doctor_and_a_new_epoch_lets_it_go_on() {
    let house = House::new();
    let relay = house.relay(&house.nats.server.url());
    house.append(2, 5);
    house.stream_is_the_feed(10);
    // The database goes back unnoticed, and other events take the positions.
    let went_back = "begin; set local session_replication_role = replica; \
         delete from store.feed where position > 6; update store.feed_head set last_position = 6; \
         delete from store.events where no not in (select no from store.feed); commit";
    house.runtime.block_on(sqlx::raw_sql(went_back).execute(house.store.pool())).unwrap();
    house.append(3, 5);
    until("the relay says why it stopped, and what to do", || {
        let answer = reqwest::blocking::get(&relay.ready).unwrap();
        answer.status().as_u16() == 503 && answer.text().unwrap().contains("peiyu epoch begin")
    });
    let told = doctor(&relay);
    assert_eq!(told["state"], "failed", "{told}");
    assert!(told["zh"].as_str().unwrap().contains("peiyu epoch begin（建新流，旧流保留）"), "{told}");

    let refused = relay.peiyu(&["epoch", "begin"]);
    assert_eq!(refused.status.code(), Some(2), "nobody can be asked");
    assert_eq!(house.runtime.block_on(house.store.begin_epoch()).unwrap().epoch, 2);
    relay.is_ready();
    until("the new stream holds everything", || {
        let stream = Stream::named(house.stream().bus(), "PEIYU_demo_2");
        house.runtime.block_on(stream.state()).is_ok_and(|state| state.last_sequence == 21)
    });
    assert_eq!(house.runtime.block_on(house.stream().state()).unwrap().last_sequence, 10, "kept as it was");
    assert_eq!(doctor(&relay)["state"], "ok");
    relay.stop();
}

/// Stands between a relay and nats-server, and can keep what the relay sends.
struct Proxy {
    port: u16,
    gate: Arc<Gate>,
}

#[derive(Default)]
struct Gate {
    state: Mutex<Held>,
    changed: Condvar,
}

#[derive(Default, PartialEq, Clone, Copy)]
enum Held {
    #[default]
    Open,
    Armed,
    Closed,
}

impl Proxy {
    fn before(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (gate, target) = (Arc::new(Gate::default()), url.trim_start_matches("nats://").to_owned());
        let shared = gate.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(&target).unwrap();
                let (down, up) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let gate = shared.clone();
                std::thread::spawn(move || copy(client, up, |bytes| gate.pass(bytes)));
                std::thread::spawn(move || copy(server, down, |_| ()));
            }
        });
        Self { port, gate }
    }

    fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    fn hold_the_next_batch(&self) {
        self.gate.set(Held::Armed);
    }

    fn holds_a_batch(&self) {
        until("the relay publishes", || *self.gate.state.lock().unwrap() == Held::Closed);
    }

    fn let_go(&self) {
        self.gate.set(Held::Open);
    }
}

impl Gate {
    fn set(&self, state: Held) {
        *self.state.lock().unwrap() = state;
        self.changed.notify_all();
    }

    /// Waits while the gate is closed; an armed one closes before a message of a batch.
    fn pass(&self, bytes: &[u8]) {
        let mut state = self.state.lock().unwrap();
        if *state == Held::Armed && bytes.windows(13).any(|part| part == b"Nats-Batch-Id") {
            *state = Held::Closed;
        }
        while *state == Held::Closed {
            state = self.changed.wait(state).unwrap();
        }
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream, pass: impl Fn(&[u8])) {
    let mut bytes = [0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        pass(&bytes[..count]);
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    drop(to.shutdown(std::net::Shutdown::Both));
}

async fn append(store: &Store, streams: usize, events: i64) {
    for _ in 0..streams {
        let stream = StreamId::new("candidate", Uuid::now_v7());
        let events = (1..=events)
            .map(|n| event(&stream, n, Uuid::now_v7(), "TalkRecorded", format!(r#"{{"n":{n}}}"#)))
            .collect();
        let command = first_events(stream, events);
        store.append(&[command]).await.unwrap();
    }
    store.notify_appended().await;
}

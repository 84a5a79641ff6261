//! Servers that are killed, lost or away.

use std::time::Duration;

use peiyu_bus::{Bus, Stream};
use peiyu_servers::testing::{PrivateNats, PrivatePostgres};
use peiyu_store::Store;
use secrecy::ExposeSecret;

use crate::house::{House, Relay, append, eventually, settings_of};

#[tokio::test]
async fn killing_nats_in_the_middle_loses_and_doubles_nothing() {
    let mut nats = PrivateNats::start().await;
    let house = House::on(&nats).await;
    let relay = house.relay();
    let writer = tokio::spawn({
        let store = house.store.clone();
        async move { append(&store, 600, 5).await }
    });
    let stream = house.stream(1).await;
    for kill in 1..=3_u64 {
        eventually("some are published", || async {
            stream.state().await.is_ok_and(|state| state.last_sequence >= kill * 200)
        })
        .await;
        nats.server.kill9();
        nats.restart().await;
    }
    writer.await.unwrap();
    house.stream_equals_feed(3000).await;
    relay.stop().await;
}

#[tokio::test]
async fn a_stream_lost_after_a_kill_is_published_again_at_the_same_positions() {
    let mut nats = PrivateNats::start().await;
    let house = House::on(&nats).await;
    let relay = house.relay();
    house.append(100, 5).await;
    let before = house.stream_equals_feed(500).await;
    nats.server.kill9();
    nats.lose_streams();
    nats.restart().await;
    house.append(10, 5).await;
    let after = house.stream_equals_feed(550).await;
    for (old, new) in before.iter().zip(&after) {
        assert_eq!((old.sequence, old.id(), &old.payload), (new.sequence, new.id(), &new.payload));
    }
    relay.is_ready().await;
    relay.stop().await;
}

#[tokio::test]
async fn a_stream_lost_while_nothing_happens_is_published_again_too() {
    let mut nats = PrivateNats::start().await;
    let house = House::on(&nats).await;
    let relay = house.relay();
    house.append(10, 5).await;
    house.stream_equals_feed(50).await;
    nats.server.kill9();
    nats.lose_streams();
    nats.restart().await;
    house.stream_equals_feed(50).await;
    relay.stop().await;
}

#[tokio::test]
async fn a_tail_that_was_cut_is_published_again_at_the_same_positions() {
    let mut nats = PrivateNats::start().await;
    let house = House::on(&nats).await;
    let relay = house.relay();
    house.append(20, 5).await;
    house.stream_equals_feed(100).await;
    nats.server.stop().await.unwrap();
    let copy = nats.copy_streams();
    nats.restart().await;
    house.append(20, 5).await;
    let before = house.stream_equals_feed(200).await;
    nats.server.kill9();
    nats.lose_streams();
    nats.put_streams_back(&copy);
    nats.restart().await;
    let after = house.stream_equals_feed(200).await;
    for (old, new) in before.iter().zip(&after) {
        assert_eq!((old.sequence, old.id(), &old.payload), (new.sequence, new.id(), &new.payload));
    }
    relay.is_ready().await;
    relay.stop().await;
}

#[tokio::test]
async fn a_data_folder_that_vanishes_under_a_running_server_is_made_good_after_its_restart() {
    let mut nats = PrivateNats::start().await;
    let house = House::on(&nats).await;
    let relay = house.relay();
    let writer = tokio::spawn({
        let store = house.store.clone();
        async move { append(&store, 400, 5).await }
    });
    let stream = house.stream(1).await;
    eventually("some are published", || async {
        stream.state().await.is_ok_and(|state| state.last_sequence >= 200)
    })
    .await;
    nats.lose_streams();
    writer.await.unwrap();
    eventually("all have positions", || async { house.store.feed_head().await.unwrap().position == 2000 })
        .await;
    nats.server.kill9();
    nats.restart().await;
    house.stream_equals_feed(2000).await;
    relay.is_ready().await;
    relay.stop().await;
}

#[tokio::test]
async fn while_nats_is_killed_the_sequencer_goes_on_and_the_relay_can_be_stopped() {
    let mut nats = PrivateNats::start().await;
    let house = House::on(&nats).await;
    nats.server.kill9();
    let relay = house.relay();
    house.append(10, 5).await;
    eventually("all have positions", || async { house.store.feed_head().await.unwrap().position == 50 })
        .await;
    let reason = relay.down("relay.stream").await;
    assert!(reason.contains("NATS does not answer"), "{reason}");
    relay.stop().await;

    let relay = house.relay();
    nats.restart().await;
    house.stream_equals_feed(50).await;
    relay.is_ready().await;
    nats.server.kill9();
    relay.down("relay.stream").await;
    relay.stop().await;
}

#[tokio::test]
async fn killing_postgres_in_the_middle_is_waited_out() {
    let nats = PrivateNats::start().await;
    let mut postgres = PrivatePostgres::start().await;
    postgres.server.create_database("peiyu").await.unwrap();
    let url = postgres.server.url("peiyu");
    let store = Store::connect(&url, 4).await.unwrap();
    peiyu_store::migrate(store.pool()).await.unwrap();
    let password = nats.server.password().expose_secret().to_owned();
    let access = (nats.server.url(), nats.server.user().to_owned(), password);
    let relay = Relay::start(settings_of(&url, access, "demo".to_owned()));
    append(&store, 20, 5).await;
    relay.is_ready().await;

    postgres.server.kill9();
    relay.down("relay.postgres").await;
    postgres.restart().await;
    relay.is_ready().await;
    let store = Store::connect(&url, 4).await.unwrap();
    append(&store, 20, 5).await;
    let nats_url = nats.server.url();
    let bus = Bus::connect(&nats_url, Some(nats.server.user()), Some(nats.server.password())).await.unwrap();
    let stream = Stream::named(&bus, "PEIYU_demo_1");
    eventually("all are published", || async {
        stream.state().await.is_ok_and(|state| state.last_sequence == 200 && state.deleted == 0)
    })
    .await;
    relay.stop().await;
}

#[tokio::test]
async fn a_relay_waits_for_a_database_that_is_not_migrated_yet() {
    let database = peiyu_servers::testing::database().await;
    let nats = peiyu_servers::testing::nats().await;
    let access = (nats.url.clone(), nats.user.clone(), nats.password.clone());
    let relay = Relay::start(settings_of(&database.url, access, nats.tenant.clone()));
    let reason = relay.down("relay.postgres").await;
    assert!(reason.contains("peiyu migrate"), "{reason}");
    let store = Store::connect(&database.url, 2).await.unwrap();
    peiyu_store::migrate(store.pool()).await.unwrap();
    let ready = tokio::time::timeout(Duration::from_secs(30), relay.is_ready());
    ready.await.unwrap();
    relay.stop().await;
}

//! What somebody else does to the stream or to the feed: made good at the right position, or stopped loudly.

use peiyu_bus::{Message, Stream};
use peiyu_contracts::subject::stream_name;
use peiyu_platform::telemetry::record_metrics;
use serde_json::json;

use crate::admin;
use crate::house::{House, append, eventually};

/// The feed up to its head, as the relay would publish it.
async fn feed(house: &House) -> Vec<Message> {
    let events = house.store.feed_page(0, 1000, i64::MAX).await.unwrap();
    events.iter().map(|event| peiyu_relay::message_of(event, &house.settings.tenant, 1)).collect()
}

async fn sequenced(house: &House, streams: usize, events: i64) {
    house.append(streams, events).await;
    while house.store.sequence_once(1000).await.unwrap() > 0 {}
}

#[tokio::test]
async fn a_stream_deleted_under_load_is_made_again_at_the_same_positions() {
    let house = House::on_shared_servers().await;
    let relay = house.relay();
    let writer = tokio::spawn({
        let store = house.store.clone();
        async move { append(&store, 300, 5).await }
    });
    let stream = house.stream(1).await;
    for time in 1..=2_u64 {
        eventually("some are published", || async {
            stream.state().await.is_ok_and(|state| state.last_sequence >= time * 200)
        })
        .await;
        admin::must(&house.settings, &format!("STREAM.DELETE.{}", stream.name()), &json!({})).await;
    }
    writer.await.unwrap();
    house.stream_equals_feed(1500).await;
    relay.is_ready().await;
    relay.stop().await;
}

#[tokio::test]
async fn the_streams_that_the_relay_makes_can_be_neither_purged_nor_thinned() {
    let house = House::on_shared_servers().await;
    let relay = house.relay();
    house.append(2, 5).await;
    house.stream_equals_feed(10).await;
    let name = stream_name(&house.settings.tenant, 1);
    let purged = admin::ask(&house.settings, &format!("STREAM.PURGE.{name}"), &json!({})).await;
    assert!(purged.get("error").is_some(), "{purged}");
    let deleted = admin::ask(&house.settings, &format!("STREAM.MSG.DELETE.{name}"), &json!({"seq": 3})).await;
    assert!(deleted.get("error").is_some(), "{deleted}");
    house.stream_equals_feed(10).await;
    relay.stop().await;
}

#[tokio::test]
async fn an_empty_stream_in_its_place_is_filled_from_its_beginning() {
    let house = House::on_shared_servers().await;
    sequenced(&house, 4, 5).await;
    admin::make_stream(&house.settings, &json!({})).await;
    let relay = house.relay();
    house.stream_equals_feed(20).await;
    relay.is_ready().await;
    relay.stop().await;
}

#[tokio::test]
async fn a_purged_stream_stops_the_relay_until_it_is_deleted() {
    let house = House::on_shared_servers().await;
    sequenced(&house, 2, 5).await;
    // As a purge leaves it: empty, and its sequences go on.
    admin::make_stream(&house.settings, &json!({"first_seq": 11})).await;
    let metrics = record_metrics().unwrap();
    let relay = house.relay();
    let reason = relay.down("relay.stream").await;
    assert!(reason.contains("begins at 11, though it should hold 1 still"), "{reason}");
    assert!(reason.contains("nats stream rm") && reason.contains("peiyu epoch begin"), "{reason}");
    assert!(metrics.render().contains("peiyu_relay_stopped 1"), "{}", metrics.render());
    assert!(metrics.render().contains("peiyu_relay_stream_gaps 10"), "{}", metrics.render());

    let name = stream_name(&house.settings.tenant, 1);
    admin::must(&house.settings, &format!("STREAM.DELETE.{name}"), &json!({})).await;
    house.stream_equals_feed(10).await;
    relay.is_ready().await;
    assert!(metrics.render().contains("peiyu_relay_stopped 0"), "{}", metrics.render());
    relay.stop().await;
}

#[tokio::test]
async fn a_message_deleted_in_the_middle_stops_the_relay_and_a_new_epoch_lets_it_go_on() {
    let house = House::on_shared_servers().await;
    sequenced(&house, 2, 5).await;
    admin::make_stream(&house.settings, &json!({"deny_delete": false})).await;
    let name = stream_name(&house.settings.tenant, 1);
    let stream = Stream::named(&house.bus().await, &name);
    stream.publish(0, &feed(&house).await).await.unwrap();
    admin::must(&house.settings, &format!("STREAM.MSG.DELETE.{name}"), &json!({"seq": 4})).await;
    let relay = house.relay();
    let reason = relay.down("relay.stream").await;
    assert!(reason.contains("1 messages are missing in the middle"), "{reason}");
    house.append(1, 5).await;
    eventually("all have positions", || async { house.store.feed_head().await.unwrap().position == 15 })
        .await;
    assert_eq!(stream.state().await.unwrap().last_sequence, 10, "nothing is published");

    house.store.begin_epoch().await.unwrap();
    relay.is_ready().await;
    let new = house.stream(2).await;
    eventually("the new stream holds everything", || async {
        new.state().await.is_ok_and(|state| (state.first_sequence, state.last_sequence) == (1, 15))
    })
    .await;
    assert_eq!(stream.state().await.unwrap().last_sequence, 10, "the old one is kept as it was");
    relay.stop().await;
}

#[tokio::test]
async fn a_deleted_last_message_stops_the_relay() {
    let house = House::on_shared_servers().await;
    sequenced(&house, 1, 5).await;
    admin::make_stream(&house.settings, &json!({"deny_delete": false})).await;
    let name = stream_name(&house.settings.tenant, 1);
    Stream::named(&house.bus().await, &name).publish(0, &feed(&house).await).await.unwrap();
    admin::must(&house.settings, &format!("STREAM.MSG.DELETE.{name}"), &json!({"seq": 5})).await;
    let relay = house.relay();
    let reason = relay.down("relay.stream").await;
    assert!(reason.contains("missing in the middle") || reason.contains("holds no id"), "{reason}");
    relay.stop().await;
}

#[tokio::test]
async fn a_stream_with_other_settings_stops_the_relay_which_names_the_setting() {
    let wrong = [
        (json!({"storage": "memory"}), "file storage"),
        (json!({"deny_purge": false}), "denial of deletions"),
        (json!({"allow_atomic": false}), "atomic publish"),
        (json!({"max_msgs": 100}), "no limit of messages"),
        (json!({"no_ack": true, "allow_atomic": false}), "atomic publish"),
        (json!({"max_msg_size": 100}), "no limit of a message's size"),
        (json!({"deny_purge": false, "allow_rollup_hdrs": true}), "denial of deletions"),
    ];
    for (changes, setting) in wrong {
        let house = House::on_shared_servers().await;
        sequenced(&house, 1, 5).await;
        admin::make_stream(&house.settings, &changes).await;
        let metrics = record_metrics().unwrap();
        let relay = house.relay();
        let reason = relay.down("relay.stream").await;
        assert!(reason.contains(setting), "{changes}: {reason}");
        assert!(metrics.render().contains("peiyu_relay_stopped 1"), "{}", metrics.render());
        assert_eq!(house.stream(1).await.state().await.unwrap().messages, 0);
        relay.stop().await;
    }
}

#[tokio::test]
async fn subjects_that_another_stream_takes_stop_the_relay() {
    let house = House::on_shared_servers().await;
    sequenced(&house, 1, 5).await;
    let (name, tenant) = (stream_name(&house.settings.tenant, 2), &house.settings.tenant);
    let config = json!({"name": name, "subjects": [format!("peiyu.v1.{tenant}.candidate.>")]});
    admin::must(&house.settings, &format!("STREAM.CREATE.{name}"), &config).await;
    let relay = house.relay();
    let reason = relay.down("relay.stream").await;
    assert!(reason.contains("subjects overlap"), "{reason}");
    admin::must(&house.settings, &format!("STREAM.DELETE.{name}"), &json!({})).await;
    house.stream_equals_feed(5).await;
    relay.stop().await;
}

#[tokio::test]
async fn a_database_that_goes_back_under_a_running_relay_stops_it_before_anything_is_published() {
    let house = House::on_shared_servers().await;
    let relay = house.relay();
    house.append(2, 5).await;
    house.stream_equals_feed(10).await;
    relay.is_ready().await;
    // As a fail-over to a standby that lagged: no connection breaks, and other events take the positions.
    let went_back = "begin; set local session_replication_role = replica; \
         delete from store.feed where position > 6; update store.feed_head set last_position = 6; \
         delete from store.events where no not in (select no from store.feed); commit";
    sqlx::raw_sql(went_back).execute(house.store.pool()).await.unwrap();
    house.append(3, 5).await;
    let reason = relay.down("relay.stream").await;
    assert!(
        reason.contains("at 10 the stream holds") || reason.contains("ends at 10, the feed at"),
        "{reason}"
    );
    eventually("all have positions", || async { house.store.feed_head().await.unwrap().position == 21 })
        .await;
    let stream = house.stream(1).await;
    assert_eq!(stream.state().await.unwrap().last_sequence, 10);

    // The operator's way out.
    house.store.begin_epoch().await.unwrap();
    relay.is_ready().await;
    let new = house.stream(2).await;
    eventually("the new stream holds everything", || async {
        new.state().await.is_ok_and(|state| state.last_sequence == 21)
    })
    .await;
    relay.stop().await;
}

#[tokio::test]
async fn a_longer_time_to_keep_misses_nothing_that_had_gone_before() {
    let house = House::on_shared_servers().await;
    sequenced(&house, 2, 5).await;
    let mut settings = house.settings.clone();
    // Ten days on, a stream that keeps seven begins behind these events.
    settings.clock.offset_seconds = 10 * 24 * 3600;
    settings.nats.keep_days = 7;
    let relay = crate::house::Relay::start(settings.clone());
    let stream = house.stream(1).await;
    eventually("the stream is there", || async {
        stream.state().await.is_ok_and(|state| state.first_sequence == 11)
    })
    .await;
    relay.is_ready().await;
    relay.stop().await;

    settings.nats.keep_days = 30;
    let relay = crate::house::Relay::start(settings);
    house.append(1, 3).await;
    eventually("it goes on", || async {
        stream.state().await.is_ok_and(|state| (state.first_sequence, state.last_sequence) == (11, 13))
    })
    .await;
    relay.is_ready().await;
    relay.stop().await;
}

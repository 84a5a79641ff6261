//! What gets onto the stream.

use peiyu_contracts::subject::event_subject;

use crate::house::{House, TRACEPARENT, append};

#[tokio::test]
async fn every_event_is_published_once_at_its_position_as_a_cloud_event() {
    let house = House::on_shared_servers().await;
    house.append(3, 4).await;
    let relay = house.relay();
    house.append(200, 6).await;
    let all = house.stream_equals_feed(1212).await;
    relay.is_ready().await;
    relay.stop().await;

    let message = &all[700];
    let event = house.store.feed_at(701).await.unwrap().unwrap();
    let tenant = &house.settings.tenant;
    assert_eq!(message.subject, event_subject(tenant, "candidate", event.aggregate_id, "TalkRecorded"));
    let expected = [
        ("ce-specversion", "1.0".to_owned()),
        ("ce-id", event.metadata.event_id.to_string()),
        ("ce-type", "peiyu.candidate.TalkRecorded.v1".to_owned()),
        ("ce-source", format!("/peiyu/{tenant}")),
        ("ce-subject", format!("candidate/{}", event.aggregate_id)),
        ("ce-time", event.metadata.recorded_at.to_string()),
        ("ce-datacontenttype", "application/json".to_owned()),
        ("ce-position", "701".to_owned()),
        ("ce-sequence", event.sequence.to_string()),
        ("ce-epoch", "1".to_owned()),
        ("ce-correlationid", event.metadata.correlation_id.to_string()),
        ("ce-traceparent", TRACEPARENT.to_owned()),
        ("ce-policyversion", "2026%20%E7%89%88".to_owned()),
    ];
    for (name, value) in expected {
        assert_eq!(message.header(name), Some(value.as_str()), "{name}");
    }
}

#[tokio::test]
async fn the_span_of_a_page_names_the_traces_of_its_events() {
    let log = peiyu_servers::testing::CapturedLog::start("peiyu_relay=debug");
    let house = House::on_shared_servers().await;
    let relay = house.relay();
    house.append(1, 3).await;
    house.stream_equals_feed(3).await;
    relay.stop().await;
    let trace = TRACEPARENT.split('-').nth(1).unwrap();
    let named = |line: &str| line.contains(r#""name":"publish""#) && line.contains(trace);
    assert!(log.lines().iter().any(|line| named(line)), "{:?}", log.lines());
}

#[tokio::test]
async fn two_relays_and_two_writers_at_once_publish_everything_once() {
    let house = House::on_shared_servers().await;
    let relays = [house.relay(), house.relay()];
    tokio::join!(append(&house.store, 150, 5), append(&house.store, 150, 5));
    house.stream_equals_feed(1500).await;
    for relay in relays {
        relay.stop().await;
    }
}

#[tokio::test]
async fn a_relay_that_starts_later_goes_on_where_the_last_one_ended() {
    let house = House::on_shared_servers().await;
    for round in 1..=3 {
        let relay = house.relay();
        house.append(10, 3).await;
        house.stream_equals_feed(round * 31 - 1).await;
        relay.stop().await;
        // Committed and sequenced while no relay runs.
        house.append(1, 1).await;
        house.store.sequence_once(1000).await.unwrap();
    }
    let relay = house.relay();
    house.stream_equals_feed(93).await;
    relay.stop().await;
}

#[tokio::test]
async fn a_new_epoch_gets_a_new_stream_and_the_old_one_is_kept() {
    let house = House::on_shared_servers().await;
    let relay = house.relay();
    house.append(2, 5).await;
    house.stream_equals_feed(10).await;
    relay.stop().await;

    house.store.begin_epoch().await.unwrap();
    let relay = house.relay();
    house.append(1, 5).await;
    let new = house.stream(2).await;
    crate::house::eventually("the new stream holds the new events", || async {
        new.state().await.is_ok_and(|state| state.last_sequence == 15)
    })
    .await;
    relay.stop().await;
    let old = house.stream(1).await.state().await.unwrap();
    assert_eq!((old.first_sequence, old.last_sequence), (1, 10));
}

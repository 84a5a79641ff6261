//! What stops a relay, and that it changes nothing then.

use bytes::Bytes;
use peiyu_bus::{Message, Stream, StreamSettings};
use peiyu_contracts::subject::{all_subjects, stream_name};

use crate::house::{House, eventually};

async fn foreign_stream(house: &House, messages: u64) -> Stream {
    let tenant = &house.settings.tenant;
    let settings = StreamSettings {
        name: stream_name(tenant, 1),
        subjects: vec![all_subjects(tenant)],
        keep_days: 30,
        replicas: 1,
    };
    let stream = Stream::ensure(&house.bus().await, &settings, 1).await.unwrap();
    let foreign: Vec<Message> = (1..=messages)
        .map(|number| Message {
            subject: format!("peiyu.v1.{tenant}.foreign"),
            id: format!("foreign-{number}"),
            headers: vec![],
            payload: Bytes::from_static(b"{}"),
        })
        .collect();
    stream.publish(0, &foreign).await.unwrap();
    stream
}

#[tokio::test]
async fn another_message_at_the_end_stops_publishing_and_is_left_alone() {
    let house = House::on_shared_servers().await;
    let stream = foreign_stream(&house, 2).await;
    let before = stream.state().await.unwrap();
    let relay = house.relay();
    house.append(1, 5).await;
    let reason = relay.down("relay.stream").await;
    assert!(reason.contains("at 2 the stream holds foreign-2"), "{reason}");
    // Sequencing goes on: the truth does not wait for its copy.
    house.append(1, 5).await;
    eventually("all have positions", || async { house.store.feed_head().await.unwrap().position == 10 })
        .await;
    assert_eq!(stream.state().await.unwrap(), before);
    relay.stop().await;
}

#[tokio::test]
async fn a_stream_ahead_of_the_feed_stops_publishing() {
    let house = House::on_shared_servers().await;
    let stream = foreign_stream(&house, 20).await;
    let relay = house.relay();
    house.append(1, 3).await;
    // Compared before or after the three got their positions: ahead of both.
    let reason = relay.down("relay.stream").await;
    assert!(reason.contains("the stream ends at 20, the feed at"), "{reason}");
    assert_eq!(stream.state().await.unwrap().last_sequence, 20);
    relay.stop().await;
}

#[tokio::test]
async fn a_message_published_past_a_running_relay_stops_it() {
    let house = House::on_shared_servers().await;
    let relay = house.relay();
    house.append(1, 3).await;
    house.stream_equals_feed(3).await;
    let intruder = Message {
        subject: format!("peiyu.v1.{}.foreign", house.settings.tenant),
        id: "intruder".to_owned(),
        headers: vec![],
        payload: Bytes::from_static(b"{}"),
    };
    let stream = house.stream(1).await;
    stream.publish(3, &[intruder]).await.unwrap();
    house.append(1, 3).await;
    let reason = relay.down("relay.stream").await;
    assert!(reason.contains("at 4 the stream holds intruder") || reason.contains("ends at 4"), "{reason}");
    relay.stop().await;
    assert_eq!(stream.state().await.unwrap().last_sequence, 4);
}

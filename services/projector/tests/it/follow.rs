//! Following the feed from PostgreSQL and from the stream, killed and several at once.

use peiyu_bus::{Bus, Message, Stream, StreamSettings};
use peiyu_contracts::Recorded;
use peiyu_contracts::subject::{all_subjects, event_subject, stream_name};
use peiyu_servers::testing::{self, TestNats};
use peiyu_views::{View, verify::verify};
use secrecy::SecretString;

use crate::house::{House, eventually};

#[tokio::test]
async fn read_models_move_while_nats_is_away() {
    let house = House::new().await;
    house.register(3).await;
    let projector = house.projector();
    house.caught_up().await;
    house.register(700).await;
    house.caught_up().await;
    assert_eq!(house.persons().await, 703);
    let names: Vec<String> = sqlx::query_scalar("select distinct name from views.persons")
        .fetch_all(house.store.pool())
        .await
        .unwrap();
    assert_eq!(names, ["张三"], "unsealed");
    projector.is_ready().await;
    projector.stop().await;
}

#[tokio::test]
async fn killed_again_and_again_and_two_at_once_every_event_is_taken_in_once() {
    let house = House::new().await;
    house.register(1500).await;
    for taken in [1, 500, 1000] {
        let (one, other) = (house.projector(), house.projector());
        eventually("some are taken in", || async { house.persons().await >= taken }).await;
        one.kill().await;
        other.kill().await;
    }
    let (one, other) = (house.projector(), house.projector());
    house.caught_up().await;
    one.stop().await;
    other.stop().await;
    assert_eq!(house.persons().await, 1500);
    for report in verify(house.store.pool(), View::ALL, &house.feed(), &mut |_, _| {}).await.unwrap() {
        assert!(report.differences.is_empty() && report.parked_streams == 0, "{report:?}");
    }
}

/// Lets the house's projectors follow a tenant of the test's, and makes its stream.
async fn stream_of(house: &mut House, nats: &TestNats) -> Stream {
    house.settings.tenant.clone_from(&nats.tenant);
    house.settings.nats.url.clone_from(&nats.url);
    house.settings.nats.user = Some(nats.user.clone());
    house.settings.nats.password = Some(SecretString::from(nats.password.clone()));
    let password = SecretString::from(nats.password.clone());
    let bus = Bus::connect(&nats.url, Some(&nats.user), Some(&password)).await.unwrap();
    let settings = StreamSettings {
        name: stream_name(&nats.tenant, 1),
        subjects: vec![all_subjects(&nats.tenant)],
        keep_days: 30,
        replicas: 1,
    };
    Stream::ensure(&bus, &settings, 1).await.unwrap()
}

/// Events as the relay publishes them.
fn messages(tenant: &str, events: &[Recorded]) -> Vec<Message> {
    events
        .iter()
        .map(|event| Message {
            subject: event_subject(tenant, &event.aggregate_type, event.aggregate_id, &event.event_type),
            id: event.metadata.event_id.to_string(),
            headers: vec![
                ("ce-type", format!("peiyu.person.{}.v1", event.event_type)),
                ("ce-subject", format!("person/{}", event.aggregate_id)),
                ("ce-sequence", event.sequence.to_string()),
                ("peiyu-metadata", serde_json::to_string(&event.metadata).unwrap()),
            ],
            payload: event.payload.get().to_owned().into_bytes().into(),
        })
        .collect()
}

#[tokio::test]
async fn pages_come_from_the_stream_and_beyond_it_from_the_feed() {
    let nats = testing::nats().await;
    let mut house = House::new().await;
    house.register(40).await;
    // The stream has the first 30; the relay is stopped then.
    let stream = stream_of(&mut house, &nats).await;
    let events = house.store.feed_page(0, 30, 1 << 20).await.unwrap();
    stream.publish(0, &messages(&nats.tenant, &events)).await.unwrap();

    let projector = house.projector();
    house.caught_up().await;
    assert_eq!(house.persons().await, 40);
    projector.stop().await;
    for report in verify(house.store.pool(), &[View::Persons, View::Dossier], &house.feed(), &mut |_, _| {})
        .await
        .unwrap()
    {
        assert!(report.differences.is_empty(), "{report:?}");
    }
}

#[tokio::test]
async fn the_span_of_a_page_names_the_traces_of_its_events_from_the_stream_too() {
    let log = testing::CapturedLog::start("peiyu_projector=debug");
    let nats = testing::nats().await;
    let mut house = House::new().await;
    house.register(3).await;
    let stream = stream_of(&mut house, &nats).await;
    let events = house.store.feed_page(0, 3, 1 << 20).await.unwrap();
    stream.publish(0, &messages(&nats.tenant, &events)).await.unwrap();
    let projector = house.projector();
    house.caught_up().await;
    projector.stop().await;
    let trace = crate::house::TRACEPARENT.split('-').nth(1).unwrap();
    let named = |line: &str| line.contains(r#""name":"project""#) && line.contains(trace);
    assert!(log.lines().iter().any(|line| named(line)), "{:?}", log.lines());
}

#[tokio::test]
async fn what_a_stream_holds_of_a_past_that_is_gone_goes_into_no_read_model() {
    let nats = testing::nats().await;
    let mut house = House::new().await;
    house.register(20).await;
    let stream = stream_of(&mut house, &nats).await;
    let events = house.store.feed_page(0, 20, 1 << 20).await.unwrap();
    stream.publish(0, &messages(&nats.tenant, &events)).await.unwrap();
    // The database goes back to position 12, and other events take the positions after it.
    let went_back = "begin; set local session_replication_role = replica; \
         delete from store.feed where position > 12; update store.feed_head set last_position = 12; \
         delete from store.events where no not in (select no from store.feed); commit";
    sqlx::raw_sql(went_back).execute(house.store.pool()).await.unwrap();
    house.register(5).await;

    let projector = house.projector();
    house.caught_up().await;
    projector.stop().await;
    assert_eq!(house.persons().await, 17);
    for report in verify(house.store.pool(), View::ALL, &house.feed(), &mut |_, _| {}).await.unwrap() {
        assert!(report.differences.is_empty() && report.parked_streams == 0, "{report:?}");
    }
}

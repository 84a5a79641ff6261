//! The bus on a real nats-server.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod durables;
mod rights;
mod unfit;

use std::time::Duration;

use bytes::Bytes;
use peiyu_bus::{Bus, BusError, MAX_BATCH, Message, Stream, StreamSettings, StreamState};
use peiyu_servers::testing::{self, PrivateNats, TestNats};
use secrecy::SecretString;

async fn connect(nats: &TestNats) -> Bus {
    let password = SecretString::from(nats.password.clone());
    Bus::connect(&nats.url, Some(&nats.user), Some(&password)).await.unwrap()
}

fn settings(tenant: &str) -> StreamSettings {
    StreamSettings {
        name: format!("PEIYU_{tenant}_1"),
        subjects: vec![format!("test.{tenant}.>")],
        keep_days: 30,
        replicas: 1,
    }
}

fn message(tenant: &str, number: u64) -> Message {
    Message {
        subject: format!("test.{tenant}.{}", number % 7),
        id: format!("id-{number}"),
        headers: vec![("ce-type", "peiyu.test".to_owned())],
        payload: Bytes::from(format!("{{\"n\": {number}}}")),
    }
}

fn messages(tenant: &str, numbers: std::ops::RangeInclusive<u64>) -> Vec<Message> {
    numbers.map(|number| message(tenant, number)).collect()
}

#[tokio::test]
async fn what_is_published_comes_back_in_order_byte_for_byte_over_several_batches() {
    let nats = testing::nats().await;
    let stream = Stream::ensure(&connect(&nats).await, &settings(&nats.tenant), 1).await.unwrap();
    let count = 2 * MAX_BATCH as u64 + 345;
    assert_eq!(stream.publish(0, &messages(&nats.tenant, 1..=count)).await.unwrap(), count);

    let mut after = 0;
    while after < count {
        let page = stream.fetch(after, 700).await.unwrap();
        for delivered in &page {
            after += 1;
            let sent = message(&nats.tenant, after);
            assert_eq!(delivered.sequence, after);
            assert_eq!(delivered.id(), Some(sent.id.as_str()));
            assert_eq!((&delivered.subject, &delivered.payload), (&sent.subject, &sent.payload));
            assert_eq!(delivered.header("ce-type"), Some("peiyu.test"));
        }
        assert!(!page.is_empty());
    }
    assert!(stream.fetch(count, 10).await.unwrap().is_empty());
    let expected = StreamState {
        first_sequence: 1,
        last_sequence: count,
        last_id: Some(format!("id-{count}")),
        deleted: 0,
        messages: count,
        kept_from: 1,
        keeps: Duration::from_secs(30 * 24 * 3600),
    };
    assert_eq!(stream.state().await.unwrap(), expected);
}

#[tokio::test]
async fn a_publisher_who_is_behind_is_fenced_off_and_leaves_nothing() {
    let nats = testing::nats().await;
    let stream = Stream::ensure(&connect(&nats).await, &settings(&nats.tenant), 1).await.unwrap();
    stream.publish(0, &messages(&nats.tenant, 1..=5)).await.unwrap();
    for numbers in [6..=6, 6..=9] {
        let outcome = stream.publish(3, &messages(&nats.tenant, numbers)).await;
        assert!(matches!(outcome, Err(BusError::Fence { .. })), "{outcome:?}");
    }
    // The end is right, but one id is in the stream already: the whole batch is refused.
    let mut batch = messages(&nats.tenant, 6..=8);
    batch.push(message(&nats.tenant, 2));
    let outcome = stream.publish(5, &batch).await;
    assert!(matches!(outcome, Err(BusError::Fence { .. })), "{outcome:?}");
    assert_eq!(stream.state().await.unwrap().last_sequence, 5);
    assert_eq!(stream.publish(5, &messages(&nats.tenant, 6..=8)).await.unwrap(), 8);
}

#[tokio::test]
async fn of_two_publishers_at_once_each_message_gets_through_once() {
    let nats = testing::nats().await;
    let stream = Stream::ensure(&connect(&nats).await, &settings(&nats.tenant), 1).await.unwrap();
    let publisher = |bus: Bus| {
        let (tenant, name) = (nats.tenant.clone(), stream.name().to_owned());
        async move {
            let stream = Stream::named(&bus, &name);
            loop {
                let last = stream.state().await.unwrap().last_sequence;
                if last >= 600 {
                    return;
                }
                match stream.publish(last, &messages(&tenant, last + 1..=last + 20)).await {
                    Ok(_) | Err(BusError::Fence { .. }) => {}
                    Err(error) => panic!("{error:?}"),
                }
            }
        }
    };
    tokio::join!(publisher(connect(&nats).await), publisher(connect(&nats).await));
    let page = stream.fetch(0, 1000).await.unwrap();
    assert!(page.iter().all(|m| m.id() == Some(format!("id-{}", m.sequence).as_str())));
    assert_eq!(page.len(), 600);
}

#[tokio::test]
async fn a_stream_can_begin_at_a_later_sequence_and_an_earlier_one_is_a_gap() {
    let nats = testing::nats().await;
    let stream = Stream::ensure(&connect(&nats).await, &settings(&nats.tenant), 41).await.unwrap();
    let state = stream.state().await.unwrap();
    assert_eq!((state.first_sequence, state.last_sequence, state.last_id), (41, 40, None));
    assert_eq!(stream.publish(40, &messages(&nats.tenant, 41..=43)).await.unwrap(), 43);
    let gap = stream.fetch(7, 10).await;
    assert!(matches!(gap, Err(BusError::Gap { expected: 8, found: 41 })), "{gap:?}");
    assert_eq!(stream.fetch(40, 10).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_stream_that_is_not_there_is_named_by_every_question() {
    let nats = testing::nats().await;
    let stream = Stream::named(&connect(&nats).await, &format!("PEIYU_{}_1", nats.tenant));
    assert!(matches!(stream.state().await, Err(BusError::NoStream { .. })));
    assert!(matches!(stream.fetch(0, 1).await, Err(BusError::NoStream { .. })));
    let published = stream.publish(0, &messages(&nats.tenant, 1..=3)).await;
    assert!(matches!(published, Err(BusError::NoStream { .. })), "{published:?}");
}

#[tokio::test]
async fn days_to_keep_may_change_and_other_subjects_are_refused() {
    let nats = testing::nats().await;
    let bus = connect(&nats).await;
    let settings = settings(&nats.tenant);
    let stream = Stream::ensure(&bus, &settings, 5).await.unwrap();
    stream.publish(4, &messages(&nats.tenant, 5..=6)).await.unwrap();
    let shorter = StreamSettings { keep_days: 7, ..settings.clone() };
    let stream = Stream::ensure(&bus, &shorter, 1).await.unwrap();
    let state = stream.state().await.unwrap();
    assert_eq!((state.last_sequence, state.kept_from), (6, 5), "what was in it stays");
    let other = StreamSettings { subjects: vec![format!("test.{}.other", nats.tenant)], ..shorter };
    let refused = Stream::ensure(&bus, &other, 1).await;
    assert!(matches!(refused, Err(BusError::Setting { setting: "its subjects", .. })), "{refused:?}");
}

#[tokio::test]
async fn a_closed_stream_keeps_its_messages_and_gives_its_subjects_free() {
    let nats = testing::nats().await;
    let bus = connect(&nats).await;
    let first = settings(&nats.tenant);
    let old = Stream::ensure(&bus, &first, 1).await.unwrap();
    old.publish(0, &messages(&nats.tenant, 1..=2)).await.unwrap();
    let second = StreamSettings { name: format!("PEIYU_{}_2", nats.tenant), ..first };
    assert!(Stream::ensure(&bus, &second, 3).await.is_err(), "the subjects overlap");
    let closed = format!("closed.{}", nats.tenant);
    assert!(old.close(&closed).await.unwrap());
    assert!(!old.close(&closed).await.unwrap(), "the second time there is nothing to do");
    let new = Stream::ensure(&bus, &second, 3).await.unwrap();
    assert_eq!(new.publish(2, &messages(&nats.tenant, 3..=4)).await.unwrap(), 4);
    assert_eq!(old.fetch(0, 10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_publisher_who_slept_through_the_end_of_an_epoch_does_not_reach_the_next_stream() {
    let nats = testing::nats().await;
    let bus = connect(&nats).await;
    let first = settings(&nats.tenant);
    let old = Stream::ensure(&bus, &first, 1).await.unwrap();
    old.publish(0, &messages(&nats.tenant, 1..=4)).await.unwrap();
    old.close(&format!("closed.{}", nats.tenant)).await.unwrap();
    let second = StreamSettings { name: format!("PEIYU_{}_2", nats.tenant), ..first };
    let new = Stream::ensure(&bus, &second, 5).await.unwrap();
    // The end is where the sleeper thinks, and the subjects are the same.
    for numbers in [5..=5, 5..=9] {
        let outcome = old.publish(4, &messages(&nats.tenant, numbers)).await;
        assert!(matches!(outcome, Err(BusError::Fence { .. })), "{outcome:?}");
    }
    let state = new.state().await.unwrap();
    assert_eq!((state.last_sequence, state.messages), (4, 0));
}

#[tokio::test]
async fn settings_are_checked_without_changing_them() {
    let nats = testing::nats().await;
    let bus = connect(&nats).await;
    let wanted = settings(&nats.tenant);
    let named = Stream::named(&bus, &wanted.name);
    assert!(matches!(named.check(&wanted).await, Err(BusError::NoStream { .. })));
    let stream = Stream::ensure(&bus, &wanted, 1).await.unwrap();
    stream.check(&StreamSettings { keep_days: 3, ..wanted.clone() }).await.unwrap();
    assert_eq!(stream.state().await.unwrap().keeps, Duration::from_secs(30 * 24 * 3600));
    let other = StreamSettings { subjects: vec![format!("test.{}.other", nats.tenant)], ..wanted };
    assert!(matches!(stream.check(&other).await, Err(BusError::Setting { .. })));
}

#[tokio::test]
async fn a_follower_is_woken_by_what_is_published() {
    let nats = testing::nats().await;
    let stream = Stream::ensure(&connect(&nats).await, &settings(&nats.tenant), 1).await.unwrap();
    let mut follower = stream.follow();
    assert!(follower.fetch(0, 10, Duration::ZERO).await.unwrap().is_empty());
    let waiting = tokio::spawn(async move { follower.fetch(0, 10, Duration::from_secs(30)).await });
    stream.publish(0, &messages(&nats.tenant, 1..=2)).await.unwrap();
    let page = waiting.await.unwrap().unwrap();
    assert_eq!(page.len(), 2);
}

#[tokio::test]
async fn after_a_kill_the_connection_comes_back_and_nothing_acknowledged_is_lost() {
    let mut private = PrivateNats::start().await;
    let url = private.server.url();
    let bus = Bus::connect(&url, Some(private.server.user()), Some(private.server.password())).await.unwrap();
    let stream = Stream::ensure(&bus, &settings("kill"), 1).await.unwrap();
    let mut last = 0;
    for _round in 0..3 {
        last = stream.publish(last, &messages("kill", last + 1..=last + 250)).await.unwrap();
        private.server.kill9();
        private.restart().await;
        let state = loop {
            match stream.state().await {
                Ok(state) => break state,
                Err(BusError::Unavailable { .. } | BusError::NoStream { .. }) => {}
                Err(error) => panic!("{error:?}"),
            }
        };
        assert_eq!((state.last_sequence, state.last_id), (last, Some(format!("id-{last}"))));
    }
    private.server.kill9();
    private.lose_streams();
    private.restart().await;
    let lost = loop {
        match stream.fetch(0, 10).await {
            Err(BusError::Unavailable { .. }) => {}
            other => break other,
        }
    };
    assert!(matches!(lost, Err(BusError::NoStream { .. })), "{lost:?}");
}

#[tokio::test]
async fn a_wrong_password_is_an_error_and_no_endless_wait() {
    let nats = testing::nats().await;
    let password = SecretString::from("wrong");
    let refused = Bus::connect(&nats.url, Some(&nats.user), Some(&password)).await;
    assert!(matches!(refused, Err(BusError::Unavailable { .. })));
}

//! Durables of outside subscribers on a real nats-server.

use std::collections::BTreeSet;

use peiyu_bus::{MAX_BATCH, Stream};
use peiyu_servers::testing;

use crate::{connect, messages, settings};

#[tokio::test]
async fn a_durable_shows_what_was_never_delivered_and_the_oldest_of_it() {
    let nats = testing::nats().await;
    let stream = Stream::ensure(&connect(&nats).await, &settings(&nats.tenant), 1).await.unwrap();
    assert!(stream.durables().await.unwrap().is_empty());
    stream.publish(0, &messages(&nats.tenant, 1..=MAX_BATCH as u64)).await.unwrap();
    let all = stream.ensure_durable("all", &BTreeSet::new()).await.unwrap();
    assert_eq!((all.undelivered, all.unacknowledged, all.delivered), (MAX_BATCH as u64, 0, 0));
    let subjects: BTreeSet<String> = [3, 5].iter().map(|n| format!("test.{}.{n}", nats.tenant)).collect();
    let some = stream.ensure_durable("some", &subjects).await.unwrap();
    assert_eq!(stream.oldest_undelivered(&all).await.unwrap().unwrap().sequence, 1);
    assert_eq!(stream.oldest_undelivered(&some).await.unwrap().unwrap().sequence, 3);
    let names: Vec<String> = stream.durables().await.unwrap().into_iter().map(|found| found.name).collect();
    assert_eq!(names, ["all", "some"]);

    // Other subjects later: the same durable.
    let changed = BTreeSet::from([format!("test.{}.6", nats.tenant)]);
    let some = stream.ensure_durable("some", &changed).await.unwrap();
    assert_eq!(some.subjects, changed);
    assert_eq!(stream.oldest_undelivered(&some).await.unwrap().unwrap().sequence, 6);

    // All of them later, too.
    let whole = BTreeSet::from([format!("test.{}.>", nats.tenant)]);
    let some = stream.ensure_durable("some", &whole).await.unwrap();
    assert_eq!(some.undelivered, MAX_BATCH as u64);

    assert!(stream.remove_durable("some").await.unwrap());
    assert!(!stream.remove_durable("some").await.unwrap());
    assert!(stream.durable("some").await.unwrap().is_none());
    let nothing = BTreeSet::from([format!("test.{}.none", nats.tenant)]);
    let none = stream.ensure_durable("none", &nothing).await.unwrap();
    assert!(stream.oldest_undelivered(&none).await.unwrap().is_none());
}

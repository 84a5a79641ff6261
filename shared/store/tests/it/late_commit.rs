//! The outbox's classic fault: an event that draws its number early and commits late must not be lost.

use nix::sys::signal::{Signal, kill};
use peiyu_store::{Outcome, Store, StreamId};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::gate::Gate;
use crate::support::{Says, TestStore, command, empty_store, metadata, stream};

/// Appends, sequences and reads: what a reader's position is afterwards.
async fn others_go_on(store: &TestStore) -> i64 {
    store.done(command().writing(&stream("person"), 0, 3)).await;
    store.whole_feed().await;
    let head = store.feed_head().await.unwrap().position;
    assert!(head >= 3, "the others' events must be in the feed already");
    head
}

/// The late event has a position behind everything that was read, and nothing is missing before it.
async fn turns_up_after(store: &TestStore, read: i64, late: Uuid) {
    store.whole_feed().await;
    let after = store.feed_page(read, 100, 1 << 20).await.unwrap();
    let ids: Vec<Uuid> = after.iter().map(|event| event.aggregate_id).collect();
    assert_eq!(ids, [late], "the late event must come after position {read}, alone");
    assert_eq!(after[0].position, read + 1);
}

#[tokio::test]
async fn late_commit_is_not_lost() {
    let store = empty_store().await;
    let late = stream("candidate");
    let mut slow = PgConnection::connect(&store.database.url).await.unwrap();
    // Its number is drawn, and it has no transaction id yet: no snapshot of anybody knows of it.
    let number: i64 = sqlx::query_scalar("select nextval(pg_get_serial_sequence('store.events', 'no'))")
        .fetch_one(&mut slow)
        .await
        .unwrap();
    let read = others_go_on(&store).await;
    insert_by_hand(&mut slow, &late, number).await;
    turns_up_after(&store, read, late.id).await;
}

#[tokio::test]
async fn an_open_transaction_is_not_waited_for_and_not_lost() {
    let store = empty_store().await;
    let late = stream("candidate");
    let mut slow = PgConnection::connect(&store.database.url).await.unwrap();
    let mut open = slow.begin().await.unwrap();
    let number: i64 = sqlx::query_scalar("select nextval(pg_get_serial_sequence('store.events', 'no'))")
        .fetch_one(&mut *open)
        .await
        .unwrap();
    insert_by_hand(&mut open, &late, number).await;
    let read = others_go_on(&store).await;
    open.commit().await.unwrap();
    turns_up_after(&store, read, late.id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_stopped_in_the_middle_of_its_append_is_not_lost() {
    let store = empty_store().await;
    let late = stream("candidate");
    // The backend waits inside its append, after its numbers are drawn, where it can be stopped for sure.
    let mut gate = Gate::closed(&store).await;
    let append = {
        let (slow, late): (Store, StreamId) = (store.another().await, late.clone());
        tokio::spawn(async move { slow.append(&[command().writing(&late, 0, 1)]).await })
    };
    let backend = gate.backend().await;
    kill(backend, Signal::SIGSTOP).unwrap();
    gate.open().await;
    let read = others_go_on(&store).await;
    kill(backend, Signal::SIGCONT).unwrap();

    assert_eq!(append.await.unwrap().unwrap(), [Outcome::Done]);
    turns_up_after(&store, read, late.id).await;
}

async fn insert_by_hand(connection: &mut PgConnection, late: &StreamId, number: i64) {
    let metadata = serde_json::to_string(&metadata(late.id, Uuid::now_v7())).unwrap();
    sqlx::query(
        "insert into store.events (no, aggregate_type, aggregate_id, sequence, event_type, event_version, \
             payload, metadata) overriding system value \
         values ($1, $2, $3, 1, 'TalkRecorded', '1', '{}', $4::json)",
    )
    .bind(number)
    .bind(late.kind.as_ref())
    .bind(late.id.to_string())
    .bind(metadata)
    .execute(connection)
    .await
    .unwrap();
}

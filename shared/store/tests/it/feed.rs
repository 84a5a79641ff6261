//! The feed: dense positions, pages, look-ups and hints.

use std::time::Duration;

use peiyu_store::{FeedHead, WakeChannel};
use uuid::Uuid;

use crate::support::{Says, command, count, empty_store, stream};

#[tokio::test]
async fn positions_are_dense_and_follow_the_order_of_events() {
    let store = empty_store().await;
    assert_eq!(store.feed_head().await.unwrap(), FeedHead { position: 0, epoch: 1 });
    let (one, two) = (stream("person"), stream("candidate"));
    store.done(command().writing(&one, 0, 2)).await;
    store.done(command().writing(&two, 0, 1)).await;
    store.done(command().writing(&one, 2, 1)).await;
    assert_eq!(store.unsequenced_backlog().await.unwrap().count, 4);

    assert_eq!(store.sequence_once(3).await.unwrap(), 3);
    assert_eq!(store.feed_head().await.unwrap().position, 3);
    assert_eq!(store.sequence_once(3).await.unwrap(), 1);
    assert_eq!(store.sequence_once(3).await.unwrap(), 0);
    assert_eq!(store.unsequenced_backlog().await.unwrap().count, 0);
    assert_eq!(store.whole_feed().await, [(one.id, 1), (one.id, 2), (two.id, 1), (one.id, 3)]);
}

#[tokio::test]
async fn a_page_ends_at_its_limits_and_is_never_empty_when_there_is_more() {
    let store = empty_store().await;
    let person = stream("person");
    store.done(command().writing(&person, 0, 5)).await;
    store.sequence_once(10).await.unwrap();

    let positions = |page: Vec<peiyu_contracts::Recorded>| -> Vec<i64> {
        page.iter().map(|event| event.position).collect()
    };
    assert_eq!(positions(store.feed_page(0, 2, 1 << 20).await.unwrap()), [1, 2]);
    assert_eq!(positions(store.feed_page(2, 100, 1 << 20).await.unwrap()), [3, 4, 5]);
    assert_eq!(positions(store.feed_page(2, 100, 1).await.unwrap()), [3]);
    assert_eq!(positions(store.feed_page(0, 100, 700).await.unwrap()), [1, 2]);
    assert!(store.feed_page(5, 100, 1 << 20).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_page_says_in_which_epoch_it_lies_and_which_event_stands_before_it() {
    let store = empty_store().await;
    let empty = store.feed_after(0, 10, 1 << 20).await.unwrap();
    assert_eq!((empty.epoch, empty.before, empty.events.len()), (1, None, 0));
    let written = command().writing(&stream("person"), 0, 3);
    let ids: Vec<Uuid> = written.events.iter().map(|event| event.metadata.event_id).collect();
    store.done(written).await;
    store.sequence_once(10).await.unwrap();
    store.begin_epoch().await.unwrap();

    let page = store.feed_after(1, 10, 1 << 20).await.unwrap();
    let read: Vec<Uuid> = page.events.iter().map(|event| event.metadata.event_id).collect();
    assert_eq!((page.epoch, page.before, read), (2, Some(ids[0]), ids[1..].to_vec()));
    let at_the_end = store.feed_after(3, 10, 1 << 20).await.unwrap();
    assert_eq!((at_the_end.before, at_the_end.events.len()), (Some(ids[2]), 0));
    let beyond = store.feed_after(4, 10, 1 << 20).await.unwrap();
    assert_eq!((beyond.before, beyond.events.len()), (None, 0));
}

#[tokio::test]
async fn an_event_is_found_by_position_and_a_position_by_event() {
    let store = empty_store().await;
    let person = stream("person");
    let written = command().writing(&person, 0, 2);
    let ids: Vec<Uuid> = written.events.iter().map(|event| event.metadata.event_id).collect();
    store.done(written).await;
    store.sequence_once(1).await.unwrap();

    let asked = [ids[1], ids[0], Uuid::nil()];
    assert_eq!(store.positions_of(&asked).await.unwrap(), [None, Some(1), None]);
    store.sequence_once(1).await.unwrap();
    assert_eq!(store.positions_of(&asked).await.unwrap(), [Some(2), Some(1), None]);
    assert_eq!(store.feed_at(2).await.unwrap().unwrap().metadata.event_id, ids[1]);
    assert!(store.feed_at(3).await.unwrap().is_none());
}

#[tokio::test]
async fn a_gap_in_the_feed_is_an_error_and_is_not_passed_over() {
    let store = empty_store().await;
    store.done(command().writing(&stream("person"), 0, 3)).await;
    store.sequence_once(10).await.unwrap();
    sqlx::raw_sql(
        "alter table store.feed disable trigger insert_only; delete from store.feed where position = 2",
    )
    .execute(store.pool())
    .await
    .unwrap();
    let error = store.feed_page(0, 10, 1 << 20).await.unwrap_err();
    assert_eq!(error.to_string(), "inconsistent data in feed.position, row 2: the feed has a gap");
}

#[tokio::test]
async fn a_new_epoch_goes_on_at_the_next_position() {
    let store = empty_store().await;
    store.done(command().writing(&stream("person"), 0, 1)).await;
    store.sequence_once(10).await.unwrap();
    assert_eq!(store.begin_epoch().await.unwrap(), FeedHead { position: 1, epoch: 2 });
    assert_eq!(store.begin_epoch_above(1).await.unwrap().epoch, 3, "one that was seen is behind already");
    assert_eq!(store.begin_epoch_above(6).await.unwrap().epoch, 7);
    store.done(command().writing(&stream("person"), 0, 1)).await;
    store.sequence_once(10).await.unwrap();
    assert_eq!(store.feed_head().await.unwrap(), FeedHead { position: 2, epoch: 7 });
}

#[tokio::test(flavor = "multi_thread")]
async fn several_sequencers_and_writers_give_a_dense_feed_without_inversions() {
    const WRITERS: usize = 6;
    const EACH: i64 = 25;
    let store = empty_store().await;
    let hot = stream("organisation");
    store.done(command().writing(&hot, 0, 1)).await;
    let done = tokio_util::sync::CancellationToken::new();
    let sequencers: Vec<_> = (0..3)
        .map(|_| {
            let (store, done) = (peiyu_store::Store::clone(&store), done.clone());
            tokio::spawn(async move {
                while !done.is_cancelled() {
                    store.sequence_once(7).await.unwrap();
                }
            })
        })
        .collect();
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let (store, hot) = (peiyu_store::Store::clone(&store), hot.clone());
            tokio::spawn(async move {
                let own = stream("person");
                let mut version = 0;
                while version < EACH {
                    // The hot stream makes the writers' transactions wait for each other and lose.
                    let hot_version = store.versions(std::slice::from_ref(&hot)).await.unwrap()[0];
                    let both = command().writing(&own, version, 1).writing(&hot, hot_version, 1);
                    if store.append(&[both]).await.unwrap() == [peiyu_store::Outcome::Done] {
                        version += 1;
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    done.cancel();
    for sequencer in sequencers {
        sequencer.await.unwrap();
    }

    let feed = store.whole_feed().await;
    assert_eq!(feed.len(), usize::try_from(count(store.pool(), "events").await).unwrap());
    let mut last = std::collections::HashMap::new();
    for (id, sequence) in feed {
        let before = last.insert(id, sequence).unwrap_or(0);
        assert_eq!(sequence, before + 1, "stream {id} is out of order");
    }
}

#[tokio::test]
async fn who_waits_is_woken_by_an_append_and_by_a_new_position() {
    const NEVER: Duration = Duration::from_secs(60);
    let store = empty_store().await;
    let mut appended = store.listen(WakeChannel::Appended).await.unwrap();
    let mut sequenced = store.listen(WakeChannel::Sequenced).await.unwrap();
    store.done(command().writing(&stream("person"), 0, 1)).await;

    let waited = std::time::Instant::now();
    store.notify_appended().await;
    appended.wait(NEVER).await;
    store.sequence_once(10).await.unwrap();
    sequenced.wait(NEVER).await;
    assert!(waited.elapsed() < NEVER);
}

#[tokio::test]
async fn waiting_ends_by_itself_and_outlives_a_broken_connection() {
    let store = empty_store().await;
    let mut wake = store.listen(WakeChannel::Appended).await.unwrap();
    wake.wait(Duration::from_millis(5)).await;

    let ended = sqlx::query(
        "select pg_terminate_backend(pid) from pg_stat_activity \
         where datname = current_database() and pid <> pg_backend_pid()",
    );
    ended.execute(store.pool()).await.unwrap();
    // Told at once that it is time to look, then listening again.
    wake.wait(Duration::from_secs(60)).await;
    wake.wait(Duration::from_millis(5)).await;
    let waited = std::time::Instant::now();
    store.notify_appended().await;
    wake.wait(Duration::from_secs(60)).await;
    assert!(waited.elapsed() < Duration::from_secs(60));
}

#[tokio::test]
async fn a_snapshot_that_is_held_shows_its_age() {
    let store = empty_store().await;
    let mut holder = store.pool().begin().await.unwrap();
    sqlx::query("set transaction isolation level repeatable read").execute(&mut *holder).await.unwrap();
    sqlx::query("select 1").execute(&mut *holder).await.unwrap();
    assert!(store.oldest_snapshot().await.unwrap() > Duration::ZERO);
    holder.rollback().await.unwrap();
    assert_eq!(store.oldest_snapshot().await.unwrap(), Duration::ZERO);
}

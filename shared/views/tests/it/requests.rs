//! What is asked for in the browser is carried out once, by one projector at a time, wherever another was killed.

use std::sync::atomic::{AtomicUsize, Ordering};

use peiyu_views::parked::{self, Asked, Do, Open, Outcome, Reason, Request, Scope, Standing, Work};
use peiyu_views::{PageSource, View, apply};
use sqlx::postgres::PgPoolOptions;
use uuid::Uuid;

use crate::parking::Mendable;
use crate::support::{House, at_noon, house};

const VIEW: View = View::Candidates;

fn request(what: Do, scope: Scope) -> Request {
    Request {
        id: Uuid::now_v7(),
        principal: Uuid::nil(),
        command_id: Uuid::now_v7(),
        digest: [1; 32],
        what,
        scope,
        who: "account 1".to_owned(),
        why: Reason::new("the cause is mended").unwrap(),
    }
}

pub async fn ask(house: &House, what: Do, scope: Scope) -> Uuid {
    let request = request(what, scope);
    assert_eq!(parked::ask(&house.pool, &request).await.unwrap(), Asked::New);
    request.id
}

/// Three streams of two events each, the first of each bad, and one that is well.
async fn three_parked(house: &House) -> Mendable {
    let feed = Mendable::new();
    for stream in 1..=3 {
        feed.push(stream, true);
        feed.push(stream, false);
    }
    feed.push(4, false);
    apply::apply_page(&house.pool, VIEW, &feed.page(0).await.unwrap()).await.unwrap();
    feed
}

async fn open(house: &House) -> Open {
    let mut work = Work::take(&house.pool).await.unwrap().unwrap();
    let mut open = work.open().await.unwrap();
    work.give_back().await;
    open.remove(0)
}

/// A projector that is killed before the `chunks`-th chunk, or not at all.
async fn carry_out(house: &House, feed: &Mendable, chunks: usize) -> Outcome {
    let left = AtomicUsize::new(chunks);
    let stops = || left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_err();
    open(house).await.carry_out(&house.pool, feed, at_noon("2026-06-01"), stops).await.unwrap()
}

async fn stands(house: &House, id: Uuid) -> Standing {
    parked::standing(&house.pool, id).await.unwrap().unwrap()
}

fn mend(feed: &Mendable, stream: u128) {
    feed.mended.lock().unwrap().insert(Uuid::from_u128(stream));
}

#[tokio::test]
async fn a_retry_is_counted_exactly_however_often_whoever_carries_it_out_is_killed() {
    let house = house().await;
    let feed = three_parked(&house).await;
    mend(&feed, 1);
    mend(&feed, 3);
    let id = ask(&house, Do::Retry, Scope { kind: Some("candidate".to_owned()), ..Scope::default() }).await;
    let waiting = stands(&house, id).await;
    assert_eq!((waiting.state, waiting.applied, waiting.open), ("waiting", 0, 0));
    carry_out(&house, &feed, 1).await;
    let begun = stands(&house, id).await;
    assert_eq!((begun.state, begun.applied, begun.open, begun.stuck), ("running", 2, 1, 0));
    carry_out(&house, &feed, 1).await;
    carry_out(&house, &feed, usize::MAX).await;
    let ended = stands(&house, id).await;
    assert_eq!((ended.state, ended.applied, ended.open, ended.stuck), ("finished", 4, 2, 1));
    let stuck = parked::stuck(&house.pool, id, 10).await.unwrap();
    assert_eq!((stuck.len(), stuck[0].stream, stuck[0].position), (1, Uuid::from_u128(2), 3));
    assert_eq!((stuck[0].reason.as_str(), stuck[0].events), ("unreadable", 2));
    assert!(Work::take(&house.pool).await.unwrap().is_none(), "nothing is open");
    let who: Vec<String> = sqlx::query_scalar("select distinct who from views.interventions")
        .fetch_all(&house.pool)
        .await
        .unwrap();
    assert_eq!(who, ["account 1"]);
}

#[tokio::test]
async fn a_retry_of_other_streams_leaves_these_alone() {
    let house = house().await;
    let feed = three_parked(&house).await;
    (1..=3).for_each(|stream| mend(&feed, stream));
    let person = Scope { kind: Some("person".to_owned()), ..Scope::default() };
    let persons = ask(&house, Do::Retry, person).await;
    carry_out(&house, &feed, usize::MAX).await;
    let ended = stands(&house, persons).await;
    assert_eq!((ended.state, ended.applied, ended.open), ("finished", 0, 0));
    let one = Scope { stream: Some(Uuid::from_u128(2)), ..VIEW.into() };
    let one = ask(&house, Do::Retry, one).await;
    carry_out(&house, &feed, usize::MAX).await;
    assert_eq!((stands(&house, one).await.applied, stands(&house, one).await.open), (2, 1));
    assert_eq!(parked::count(&house.pool, &VIEW.into()).await.unwrap().streams, 2);
}

#[tokio::test]
async fn a_skip_cut_off_goes_on_with_what_waits_behind_it_and_skips_nothing_else() {
    let house = house().await;
    let feed = three_parked(&house).await;
    let scope = Scope { kind: Some("candidate".to_owned()), stream: Some(Uuid::from_u128(2)), ..VIEW.into() };
    let id = ask(&house, Do::Skip { position: 3 }, scope.clone()).await;
    assert_eq!(carry_out(&house, &feed, 0).await, Outcome::Stopped);
    let begun = stands(&house, id).await;
    assert_eq!((begun.skipped, begun.applied), (1, 0));
    assert_ne!(begun.state, "finished");
    assert_eq!(carry_out(&house, &feed, usize::MAX).await, Outcome::Ended);
    let ended = stands(&house, id).await;
    assert_eq!((ended.state, ended.skipped, ended.applied, ended.open), ("finished", 1, 1, 1));
    // Somebody else asked for the same: by now the event is not there.
    let late = ask(&house, Do::Skip { position: 3 }, scope).await;
    carry_out(&house, &feed, usize::MAX).await;
    let late = stands(&house, late).await;
    assert_eq!((late.state, late.fault.as_deref(), late.skipped), ("failed", Some("not_first_parked"), 0));
}

#[tokio::test]
async fn a_request_is_noted_once_and_one_projector_at_a_time_is_at_it() {
    let house = house().await;
    assert!(Work::take(&house.pool).await.unwrap().is_none());
    let first = request(Do::Retry, Scope::default());
    let again = Request { id: Uuid::now_v7(), ..first.clone() };
    let other = Request { digest: [2; 32], ..again.clone() };
    assert_eq!(parked::ask(&house.pool, &first).await.unwrap(), Asked::New);
    assert_eq!(parked::ask(&house.pool, &again).await.unwrap(), Asked::Before(first.id));
    assert_eq!(parked::ask(&house.pool, &other).await.unwrap(), Asked::Other);
    assert_eq!(parked::latest(&house.pool, 10).await.unwrap().len(), 1);
    let one = Work::take(&house.pool).await.unwrap();
    assert!(one.is_some());
    assert!(Work::take(&house.pool).await.unwrap().is_none(), "another has the turn");
    // Killed: its session is gone, and another goes on.
    drop(one);
    peiyu_servers::testing::eventually("the turn is free", || async {
        Work::take(&house.pool).await.unwrap().is_some()
    })
    .await;
}

#[tokio::test]
async fn whoever_does_not_get_the_turn_keeps_its_connection() {
    let house = house().await;
    ask(&house, Do::Retry, Scope::default()).await;
    let turn = Work::take(&house.pool).await.unwrap().unwrap();
    let options = house.pool.connect_options().as_ref().clone();
    let other = PgPoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let session =
        async || -> i32 { sqlx::query_scalar("select pg_backend_pid()").fetch_one(&other).await.unwrap() };
    let before = session().await;
    assert!(Work::take(&other).await.unwrap().is_none());
    assert_eq!(session().await, before);
    turn.give_back().await;
    let turn = Work::take(&other).await.unwrap().unwrap();
    assert_ne!(session().await, before, "the turn has left the pool");
    drop(turn);
}

#[tokio::test]
async fn a_request_behind_another_says_so_and_a_sign_of_work_on_that_one_counts_for_it() {
    let house = house().await;
    let first = ask(&house, Do::Retry, Scope::default()).await;
    let behind = ask(&house, Do::Retry, Scope::default()).await;
    let earlier = "update views.requests set asked_at = asked_at - interval '1 minute'";
    sqlx::query(earlier).execute(&house.pool).await.unwrap();
    let waits = stands(&house, behind).await;
    assert!(waits.ahead == 1 && waits.silent_seconds >= 60, "nobody is at either: {waits:?}");
    assert_eq!(stands(&house, first).await.ahead, 0);
    let sign = "update views.requests set seen_at = now() where id = $1";
    sqlx::query(sign).bind(first).execute(&house.pool).await.unwrap();
    let waits = stands(&house, behind).await;
    assert!(waits.state == "waiting" && waits.ahead == 1 && waits.silent_seconds < 30, "{waits:?}");
    open(&house).await.end(&house.pool, None).await.unwrap();
    assert_eq!(stands(&house, behind).await.ahead, 0);
}

#[tokio::test]
async fn the_counts_of_a_request_that_has_ended_are_not_reckoned_again() {
    let house = house().await;
    let feed = three_parked(&house).await;
    (1..=2).for_each(|stream| mend(&feed, stream));
    let id = ask(&house, Do::Retry, Scope::default()).await;
    carry_out(&house, &feed, usize::MAX).await;
    let ended = stands(&house, id).await;
    assert_eq!((ended.applied, ended.open, ended.stuck), (4, 2, 1));
    // The record is never changed; here it is, to see that nobody asks it.
    for statement in
        ["alter table views.interventions disable trigger user", "delete from views.interventions"]
    {
        sqlx::query(statement).execute(&house.pool).await.unwrap();
    }
    let listed = parked::latest(&house.pool, 10).await.unwrap().remove(0);
    assert_eq!((listed.applied, listed.open, listed.stuck), (4, 2, 1));
    // One that ended before counts were kept.
    let update = "update views.requests \
         set (final_skipped, final_applied, final_open, final_stuck) = (null, null, null, null)";
    sqlx::query(update).execute(&house.pool).await.unwrap();
    assert_eq!(stands(&house, id).await.applied, 0, "from the record, which is gone here");
}

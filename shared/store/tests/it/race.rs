//! Two commands at once, the first stopped between its insert and its commit: the second waits, then sees it.

use peiyu_store::{Append, Outcome, Store};

use crate::gate::Gate;
use crate::support::{Says, command, empty_store, repeated, stale, stream, taken};

/// Outcomes of a command that waits at the gate and of one that is sent meanwhile.
async fn race(first: Append, second: Append) -> (Outcome, Outcome) {
    let store = empty_store().await;
    let mut gate = Gate::closed(&store).await;
    let send = |command: Append| {
        let store = Store::clone(&store);
        tokio::spawn(async move { store.append(&[command]).await.unwrap().pop().unwrap() })
    };
    let first = send(first);
    gate.backend().await;
    let second = send(second);
    while !second.is_finished() && !gate.somebody_waits_elsewhere().await {
        tokio::task::yield_now().await;
    }
    assert!(!second.is_finished(), "the second command did not wait for the first");
    gate.open().await;
    (first.await.unwrap(), second.await.unwrap())
}

#[tokio::test]
async fn of_two_writers_of_one_stream_the_second_is_stale() {
    let candidate = stream("candidate");
    let write = || command().writing(&candidate, 0, 1);
    assert_eq!(race(write(), write()).await, (Outcome::Done, stale(&candidate, 0, 1)));
}

#[tokio::test]
async fn of_two_that_rest_on_what_the_other_writes_the_second_is_stale() {
    let (candidate, organisation) = (stream("candidate"), stream("organisation"));
    let first = command().writing(&candidate, 0, 1).resting_on(&organisation, 0);
    let second = command().writing(&organisation, 0, 1).resting_on(&candidate, 0);
    assert_eq!(race(first, second).await, (Outcome::Done, stale(&candidate, 0, 1)));
}

#[tokio::test]
async fn a_fact_does_not_move_before_the_decision_on_it_is_committed() {
    let (candidate, organisation) = (stream("candidate"), stream("organisation"));
    let first = command().writing(&candidate, 0, 1).resting_on(&organisation, 0);
    let second = command().writing(&organisation, 0, 1);
    assert_eq!(race(first, second).await, (Outcome::Done, Outcome::Done));
}

#[tokio::test]
async fn of_two_claims_at_once_the_second_is_told_who_holds_it() {
    let (candidate, person) = (stream("candidate"), stream("person"));
    let first = command().writing(&candidate, 0, 1).claiming(1, &candidate);
    let second = command().writing(&person, 0, 1).claiming(1, &person);
    assert_eq!(race(first, second).await, (Outcome::Done, taken(&candidate)));
}

#[tokio::test]
async fn the_same_id_at_once_is_done_once() {
    let (candidate, person) = (stream("candidate"), stream("person"));
    let first = command().writing(&candidate, 0, 1);
    // The same id and body, decided on other streams in between.
    let second = command().under(first.command_id).writing(&person, 0, 1);
    assert_eq!(race(first, second).await, (Outcome::Done, repeated()));
}

#[tokio::test]
async fn those_who_share_a_fact_do_not_wait_for_each_other() {
    let store = empty_store().await;
    let mut gate = Gate::closed(&store).await;
    let (candidate, person, organisation) = (stream("candidate"), stream("person"), stream("organisation"));
    let held = command().writing(&candidate, 0, 1).resting_on(&organisation, 0);
    let first = {
        let store = Store::clone(&store);
        tokio::spawn(async move { store.append(&[held]).await.unwrap() })
    };
    gate.backend().await;
    store.done(command().writing(&person, 0, 1).resting_on(&organisation, 0)).await;
    assert!(!first.is_finished());
    gate.open().await;
    assert_eq!(first.await.unwrap(), [Outcome::Done]);
}

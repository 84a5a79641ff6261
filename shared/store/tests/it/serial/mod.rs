//! Whatever several writers send at once, the outcomes are those of some serial order.
//!
//! `plan` makes random batches, this file runs them against PostgreSQL, `order` looks for the serial order.

mod model;
mod order;
mod plan;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use peiyu_contracts::Recorded;
use peiyu_store::{Append, Outcome, Store, StreamId};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::support::{TestStore, empty_store};
use model::Model;
use order::{Call, serial_order};
use plan::{Batch, Names, writers};

/// Random histories; each is a few dozen commands of several writers.
const CASES: u32 = 100;

#[test]
fn append_is_serial() {
    let runtime = Runtime::new().unwrap();
    let store = runtime.block_on(empty_store());
    let config =
        Config { cases: CASES, failure_persistence: None, max_shrink_iters: 40, ..Config::default() };
    let mut outcomes = HashMap::new();
    let tally = std::cell::RefCell::new(&mut outcomes);
    TestRunner::new(config)
        .run(&writers(), |writers| {
            let names = Names::new();
            let calls = runtime.block_on(run(&store, &names, writers));
            for outcome in calls.iter().filter_map(|call| call.outcomes.as_ref()).flatten() {
                *tally.borrow_mut().entry(kind(outcome)).or_insert(0) += 1;
            }
            let end = runtime.block_on(End::of(&store, &names));
            if serial_order(&calls, &|model| end.is_that_of(model, &names)) {
                Ok(())
            } else {
                Err(TestCaseError::fail(format!(
                    "no serial order gives {end:#?} and these outcomes: {calls:#?}"
                )))
            }
        })
        .unwrap();
    // A history in which nobody ever loses would prove nothing.
    for kind in ["done", "repeated", "key_reused", "stale", "taken"] {
        assert!(outcomes.get(kind).copied().unwrap_or(0) >= 5, "too few {kind} in {outcomes:?}");
    }
}

fn kind(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::Repeated { .. } => "repeated",
        Outcome::KeyReused => "key_reused",
        Outcome::Stale { .. } => "stale",
        Outcome::Taken { .. } => "taken",
    }
}

/// Runs the writers at once, each with its own connections, and records what they saw.
async fn run(store: &TestStore, names: &Names, writers: Vec<Vec<Batch>>) -> Vec<Call> {
    let began = Instant::now();
    let tasks: Vec<_> = writers
        .into_iter()
        .map(|batches| {
            let (store, names) = (Store::clone(store), names.clone());
            tokio::spawn(async move { write(&store, &names, batches, began).await })
        })
        .collect();
    let mut calls = Vec::new();
    for task in tasks {
        calls.extend(task.await.unwrap());
    }
    calls
}

async fn write(store: &Store, names: &Names, batches: Vec<Batch>, began: Instant) -> Vec<Call> {
    let mut calls = Vec::new();
    for batch in batches {
        let versions = store.versions(&names.streams).await.unwrap();
        let commands = batch.commands(names, &versions);
        if let Some(patience) = batch.crash_after {
            // The client dies in the middle: nobody knows what came of it, and it is sent again.
            let start = began.elapsed();
            let cut = tokio::time::timeout(patience, store.append(&commands)).await;
            let (outcomes, end) = match cut {
                Ok(outcomes) => (Some(outcomes.unwrap()), began.elapsed()),
                Err(_) => (None, Duration::MAX),
            };
            calls.push(Call { commands: commands.clone(), outcomes, start, end });
        }
        let start = began.elapsed();
        let outcomes = store.append(&commands).await.unwrap();
        calls.push(Call { commands, outcomes: Some(outcomes), start, end: began.elapsed() });
    }
    calls
}

/// Where the store ended: the events of each stream (a command's all or none) and who holds each claim.
#[derive(Debug)]
struct End {
    events: Vec<Vec<Uuid>>,
    holders: Vec<Option<StreamId>>,
}

impl End {
    async fn of(store: &TestStore, names: &Names) -> Self {
        // A call whose client died may still be running.
        let running = "select count(*) from pg_stat_activity \
             where datname = current_database() and state = 'active' and pid <> pg_backend_pid()";
        while sqlx::query_scalar::<_, i64>(running).fetch_one(store.pool()).await.unwrap() > 0 {
            tokio::task::yield_now().await;
        }
        let loaded = store.load(&names.streams).await.unwrap();
        let ids = |events: &Vec<Recorded>| events.iter().map(|event| event.metadata.event_id).collect();
        let holders = store.holders_of("staff_number", &names.claims).await.unwrap();
        Self { events: loaded.iter().map(ids).collect(), holders }
    }

    fn is_that_of(&self, model: &Model, names: &Names) -> bool {
        let events =
            names.streams.iter().zip(&self.events).all(|(stream, ids)| model.events_of(stream) == ids);
        let holders = names.claims.iter().zip(&self.holders);
        events && holders.into_iter().all(|(key, holder)| model.holder_of(key) == holder.as_ref())
    }
}

fn at(start: u64, end: u64, commands: Vec<Append>, outcomes: Vec<Outcome>) -> Call {
    let (start, end) = (Duration::from_secs(start), Duration::from_secs(end));
    Call { commands, outcomes: Some(outcomes), start, end }
}

mod the_checker {
    use super::{Call, Outcome, StreamId, at, serial_order};
    use crate::support::{Says, command, stale, stream};

    fn is_serial(calls: &[Call]) -> bool {
        serial_order(calls, &|_| true)
    }

    fn two() -> (StreamId, StreamId) {
        (stream("person"), stream("candidate"))
    }

    #[test]
    fn refuses_a_lost_update() {
        let (one, _) = two();
        let write = || vec![command().writing(&one, 0, 1)];
        let done = || vec![Outcome::Done];
        assert!(!is_serial(&[at(0, 9, write(), done()), at(0, 9, write(), done())]));
        let lost = vec![stale(&one, 0, 1)];
        assert!(is_serial(&[at(0, 9, write(), lost), at(0, 9, write(), done())]));
    }

    #[test]
    fn refuses_a_write_skew() {
        let (one, two) = two();
        let first = vec![command().writing(&one, 0, 1).resting_on(&two, 0)];
        let second = vec![command().writing(&two, 0, 1).resting_on(&one, 0)];
        let done = || vec![Outcome::Done];
        assert!(!is_serial(&[at(0, 9, first, done()), at(0, 9, second, done())]));
    }

    #[test]
    fn refuses_an_answer_from_the_past() {
        let (one, _) = two();
        let write = vec![command().writing(&one, 0, 1)];
        let read = vec![command().resting_on(&one, 0)];
        let done = || vec![Outcome::Done];
        let early = [at(0, 2, write.clone(), done()), at(1, 4, read.clone(), done())];
        assert!(is_serial(&early));
        let late = [at(0, 2, write, done()), at(3, 4, read, done())];
        assert!(!is_serial(&late));
    }
}

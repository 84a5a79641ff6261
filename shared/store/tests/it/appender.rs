//! Group commit: the same outcomes as alone, whoever shares the group and whatever breaks.

use peiyu_servers::testing::PrivatePostgres;
use peiyu_store::{Appender, Outcome, Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::gate::Gate;
use crate::support::{Says, command, count, empty_store, repeated, stale, stream};

fn appender(store: &Store) -> Appender {
    Appender::start(store.clone(), CancellationToken::new())
}

#[tokio::test(flavor = "multi_thread")]
async fn many_commands_at_once_are_each_answered() {
    let store = empty_store().await;
    let appender = appender(&store);
    let people: Vec<_> = (0..300).map(|_| stream("person")).collect();
    let sent: Vec<_> = people
        .iter()
        .map(|person| {
            let (appender, write) = (appender.clone(), command().writing(person, 0, 2));
            tokio::spawn(async move { appender.append(write).await })
        })
        .collect();
    for outcome in sent {
        assert_eq!(outcome.await.unwrap().unwrap(), Outcome::Done);
    }
    assert_eq!(count(store.pool(), "events").await, 600);
    // 300 commands went in fewer transactions.
    let calls: i64 = sqlx::query_scalar("select count(distinct xmin::text) from store.commands")
        .fetch_one(store.pool())
        .await
        .unwrap();
    assert!(calls < 300, "{calls} transactions");
}

#[tokio::test]
async fn two_commands_for_one_stream_in_one_group_are_answered_apart() {
    let store = empty_store().await;
    let appender = appender(&store);
    let person = stream("person");
    let (first, second) = tokio::join!(
        appender.append(command().writing(&person, 0, 1)),
        appender.append(command().writing(&person, 0, 1))
    );
    assert_eq!(first.unwrap(), Outcome::Done);
    assert_eq!(second.unwrap(), stale(&person, 0, 1));
}

#[tokio::test]
async fn a_command_that_makes_the_batch_fail_sinks_nobody_else() {
    let store = empty_store().await;
    let appender = appender(&store);
    let (one, two, three) = (stream("person"), stream("person"), stream("person"));
    let first = command().writing(&one, 0, 1);
    let mut same_event = command().writing(&two, 0, 1);
    same_event.events[0].metadata.event_id = first.events[0].metadata.event_id;
    appender.append(first).await.unwrap();

    let (bad, good) =
        tokio::join!(appender.append(same_event), appender.append(command().writing(&three, 0, 2)));
    assert!(matches!(bad, Err(StoreError::EventIdUsed)));
    assert_eq!(good.unwrap(), Outcome::Done);
    assert_eq!(store.versions(&[one, two, three]).await.unwrap(), [1, 0, 2]);
}

#[tokio::test]
async fn shutdown_answers_what_waits_and_takes_nothing_new() {
    let store = empty_store().await;
    let shutdown = CancellationToken::new();
    let appender = Appender::start(Store::clone(&store), shutdown.clone());
    let person = stream("person");
    let (waiting, ()) = tokio::join!(appender.append(command().writing(&person, 0, 1)), async {
        // The command is in the queue by now: join polls in order.
        shutdown.cancel();
    });
    assert_eq!(waiting.unwrap(), Outcome::Done);
    appender.stopped().await;
    assert!(matches!(appender.append(command()).await, Err(StoreError::Stopped)));
}

#[tokio::test]
async fn a_killed_database_is_told_and_the_same_command_succeeds_afterwards() {
    let mut postgres = PrivatePostgres::start().await;
    let store = Store::connect(&postgres.server.url("postgres"), 4).await.unwrap();
    peiyu_store::migrate(store.pool()).await.unwrap();
    let appender = appender(&store);
    let (one, two) = (stream("person"), stream("person"));
    let first = command().writing(&one, 0, 1);
    assert_eq!(appender.append(first.clone()).await.unwrap(), Outcome::Done);

    postgres.server.kill9();
    let second = command().writing(&two, 0, 1);
    let error = appender.append(second.clone()).await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");

    postgres.restart().await;
    // What was answered is there, byte for byte under its id; what was not is done now.
    assert_eq!(appender.append(first).await.unwrap(), repeated());
    assert_eq!(appender.append(second).await.unwrap(), Outcome::Done);
    assert_eq!(store.versions(&[one, two]).await.unwrap(), [1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_killed_in_the_middle_of_an_append_leaves_the_outcome_unknown_until_it_is_sent_again() {
    let mut postgres = PrivatePostgres::start().await;
    let store = Store::connect(&postgres.server.url("postgres"), 4).await.unwrap();
    peiyu_store::migrate(store.pool()).await.unwrap();
    let appender = appender(&store);
    let mut gate = Gate::closed(&store).await;
    let candidate = stream("candidate");
    let write = command().writing(&candidate, 0, 2).claiming(1, &candidate);
    let sent = {
        let (appender, write) = (appender.clone(), write.clone());
        tokio::spawn(async move { appender.append(write).await })
    };
    gate.backend().await;
    postgres.server.kill9();
    let error = sent.await.unwrap().unwrap_err();
    assert!(matches!(error, StoreError::UnknownOutcome(_)), "{error:?}");

    postgres.restart().await;
    // Here it was not written, and nothing of it is there.
    assert_eq!(store.find_command(write.principal, write.command_id).await.unwrap(), None);
    assert_eq!(store.versions(std::slice::from_ref(&candidate)).await.unwrap(), [0]);
    assert_eq!(appender.append(write.clone()).await.unwrap(), Outcome::Done);
    assert_eq!(appender.append(write).await.unwrap(), repeated());
    assert_eq!(count(store.pool(), "events").await, 2);
}

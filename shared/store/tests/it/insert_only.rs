//! What is in the store stays as it is: a trigger for the owner, grants for everybody else.

use sqlx::{Connection, PgConnection};

use crate::support::{Says, command, empty_store, stream};

const CHANGES: [&str; 5] = [
    "update store.events set event_type = 'Other'",
    "delete from store.events",
    "truncate store.events",
    "update store.feed set position = position + 1",
    "delete from store.feed",
];

#[tokio::test]
async fn no_event_is_changed_or_removed_not_even_by_the_owner() {
    let store = empty_store().await;
    let person = stream("person");
    store.done(command().writing(&person, 0, 2)).await;
    store.sequence_once(10).await.unwrap();
    for change in CHANGES {
        let error = sqlx::query(change).execute(store.pool()).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().as_deref(), Some("23001"), "{change}");
    }
    assert_eq!(store.load_one(&person).await.unwrap().len(), 2);
}

#[tokio::test]
async fn the_writing_role_can_do_its_work_and_nothing_else() {
    let store = empty_store().await;
    let mut writer = PgConnection::connect(&store.database.url).await.unwrap();
    sqlx::query("set role peiyu_store_writer").execute(&mut writer).await.unwrap();
    for change in CHANGES.into_iter().chain(["delete from store.commands", "drop table store.claims"]) {
        let error = sqlx::query(change).execute(&mut writer).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().as_deref(), Some("42501"), "{change}");
    }
    let options = store.pool().connect_options().as_ref().clone().options([("role", "peiyu_store_writer")]);
    let restricted = peiyu_store::Store::new(sqlx::PgPool::connect_with(options).await.unwrap());
    let person = stream("person");
    let outcome = restricted.append(&[command().writing(&person, 0, 1).claiming(1, &person)]).await.unwrap();
    assert_eq!(outcome, [peiyu_store::Outcome::Done]);
    let outcome = restricted.append(&[command().writing(&person, 1, 1).releasing(1, &person)]).await.unwrap();
    assert_eq!(outcome, [peiyu_store::Outcome::Done]);
    assert_eq!(restricted.sequence_once(10).await.unwrap(), 2);
}

#[tokio::test]
async fn the_reading_role_reads_the_feed_and_writes_nothing() {
    let store = empty_store().await;
    let person = stream("person");
    store.done(command().writing(&person, 0, 1)).await;
    store.sequence_once(10).await.unwrap();
    let options = store.pool().connect_options().as_ref().clone().options([("role", "peiyu_store_reader")]);
    let reader = peiyu_store::Store::new(sqlx::PgPool::connect_with(options).await.unwrap());
    assert_eq!(reader.feed_page(0, 10, 1 << 20).await.unwrap().len(), 1);
    assert_eq!(reader.load_one(&person).await.unwrap().len(), 1);
    assert!(reader.append(&[command().writing(&person, 1, 1)]).await.is_err());
    assert!(reader.sequence_once(10).await.is_err());
}

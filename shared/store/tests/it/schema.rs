//! Migrations: safe to repeat and to race, and a binary that does not fit says so.

use peiyu_servers::testing::database;
use peiyu_store::{SchemaError, Store, check_version, migrate};
use sqlx::PgPool;

use crate::support::empty_store;

#[tokio::test]
async fn migrating_twice_and_at_once_is_safe() {
    let database = database().await;
    let (one, two) =
        (PgPool::connect(&database.url).await.unwrap(), PgPool::connect(&database.url).await.unwrap());
    let (first, second) = tokio::join!(migrate(&one), migrate(&two));
    first.unwrap();
    second.unwrap();
    migrate(&one).await.unwrap();
    check_version(&one).await.unwrap();
}

#[tokio::test]
async fn a_database_that_was_never_migrated_is_told() {
    let database = database().await;
    let pool = PgPool::connect(&database.url).await.unwrap();
    assert!(matches!(check_version(&pool).await, Err(SchemaError::Missing { schema: "store" })));
}

#[tokio::test]
async fn an_older_database_is_told() {
    let store = empty_store().await;
    sqlx::query("delete from store._sqlx_migrations where version = 20261124000006")
        .execute(store.pool())
        .await
        .unwrap();
    let checked = check_version(store.pool()).await;
    assert!(matches!(checked, Err(SchemaError::Older { version: 20_261_124_000_006, .. })));
}

#[tokio::test]
async fn a_newer_database_is_told_and_not_migrated() {
    let store = empty_store().await;
    sqlx::query(
        "insert into store._sqlx_migrations (version, description, success, checksum, execution_time) \
         values (99990101000000, 'later', true, '\\x00', 0)",
    )
    .execute(store.pool())
    .await
    .unwrap();
    for outcome in [check_version(store.pool()).await, migrate(store.pool()).await] {
        assert!(
            matches!(outcome, Err(SchemaError::Newer { version: 99_990_101_000_000, .. })),
            "{outcome:?}"
        );
    }
}

#[tokio::test]
async fn an_edited_migration_is_told() {
    let store = empty_store().await;
    sqlx::query("update store._sqlx_migrations set checksum = '\\x00' where version = 20261124000002")
        .execute(store.pool())
        .await
        .unwrap();
    for outcome in [check_version(store.pool()).await, migrate(store.pool()).await] {
        assert!(matches!(outcome, Err(SchemaError::Changed { .. })), "{outcome:?}");
    }
}

/// Whoever replaces the function must say so again: without it every call plans each of its statements anew.
#[tokio::test]
async fn an_append_is_planned_once() {
    let store = empty_store().await;
    let settings: Vec<String> = sqlx::query_scalar(
        "select unnest(proconfig) from pg_proc where oid = 'store.append'::regproc order by 1",
    )
    .fetch_all(store.pool())
    .await
    .unwrap();
    assert_eq!(settings, ["plan_cache_mode=force_generic_plan"]);
}

#[tokio::test]
async fn a_connection_has_a_limit_of_time_and_compiles_no_plan() {
    let database = database().await;
    let store = Store::connect(&database.url, 1).await.unwrap();
    let asked: (String, String) =
        sqlx::query_as("select current_setting('statement_timeout'), current_setting('jit')")
            .fetch_one(store.pool())
            .await
            .unwrap();
    assert_eq!(asked, ("1min".to_owned(), "off".to_owned()));
}

//! The servers that all tests share.

use peiyu_servers::testing;
use sqlx::{Connection, PgConnection};

#[tokio::test]
async fn each_test_has_its_own_database_which_goes_with_it() {
    let (one, two) = tokio::join!(testing::database(), testing::database());
    assert_ne!(one.name, two.name);
    let mut connection = PgConnection::connect(&one.url).await.unwrap();
    sqlx::query("create table mine (n int)").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let copy = one.copy().await;
    let mut connection = PgConnection::connect(&copy.url).await.unwrap();
    sqlx::query("insert into mine values (1)").execute(&mut connection).await.unwrap();

    let name = one.name.clone();
    drop(one);
    let mut connection = PgConnection::connect(&two.url).await.unwrap();
    let known: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(name)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert!(!known);
}

#[tokio::test]
async fn two_tests_have_two_tenants_on_one_nats_server() {
    let (one, two) = tokio::join!(testing::nats(), testing::nats());
    assert_eq!(one.url, two.url);
    assert_ne!(one.tenant, two.tenant);
}

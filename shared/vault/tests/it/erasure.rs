//! Erasing a person: for good, safe to repeat, and never confused with a key that is not there.

use peiyu_vault::{SealError, UnsealError, VaultError};
use serde_json::json;
use uuid::Uuid;

use crate::support::empty_vault;

const EVENT: Uuid = Uuid::from_u128(1);

#[tokio::test]
async fn an_erased_person_s_fields_come_back_erased_and_the_rest_stays() {
    let vault = empty_vault().await;
    let (person, other) = (vault.person().await, vault.person().await);
    let payload = json!({"name": {"$sensitive": "张三"}, "kind": "single"});
    let sealed = vault.seal_payload(person, EVENT, &payload).await.unwrap();
    let others = vault.seal_payload(other, EVENT, &payload).await.unwrap();

    assert!(vault.erase(person).await.unwrap());
    let erased = json!({"name": {"$erased": true}, "kind": "single"});
    assert_eq!(vault.unseal_payload(person, EVENT, &sealed).await.unwrap(), erased);
    assert_eq!(vault.another().await.unseal_payload(person, EVENT, &sealed).await.unwrap(), erased);
    assert_eq!(vault.unseal_payload(other, EVENT, &others).await.unwrap(), payload);
}

#[tokio::test]
async fn erasing_again_changes_nothing() {
    let vault = empty_vault().await;
    let person = vault.person().await;
    assert!(vault.erase(person).await.unwrap());
    let when = "select destroyed_at::text from vault.keys";
    let first: String = sqlx::query_scalar(when).fetch_one(&vault.pool).await.unwrap();
    assert!(!vault.erase(person).await.unwrap());
    let second: String = sqlx::query_scalar(when).fetch_one(&vault.pool).await.unwrap();
    assert_eq!(first, second);
}

#[tokio::test]
async fn an_erased_person_gets_no_new_key() {
    let vault = empty_vault().await;
    let person = vault.person().await;
    vault.erase(person).await.unwrap();
    vault.ensure_keys(&[person]).await.unwrap();
    let result = vault.seal_payload(person, EVENT, &json!({})).await;
    assert!(matches!(result, Err(VaultError::Seal(SealError::KeyDestroyed(subject))) if subject == person));
}

#[tokio::test]
async fn a_key_that_is_not_there_is_an_error_and_never_erased() {
    let vault = empty_vault().await;
    let unknown = Uuid::now_v7();
    let result = vault.unseal_payload(unknown, EVENT, r#"{"a":{"$sealed":"AQ=="}}"#).await;
    let expected = UnsealError::UnknownKey { subject: unknown, event: EVENT };
    assert!(matches!(result, Err(VaultError::Unseal(error)) if error == expected));
    let result = vault.seal_payload(unknown, EVENT, &json!({})).await;
    assert!(matches!(result, Err(VaultError::Seal(SealError::UnknownKey(subject))) if subject == unknown));
}

#[tokio::test]
async fn a_restored_database_without_the_key_takes_the_erasure_too() {
    let vault = empty_vault().await;
    let person = Uuid::now_v7();
    assert!(vault.erase(person).await.unwrap());
    let opened = vault.unseal_payload(person, EVENT, r#"{"a":{"$sealed":"AQ=="}}"#).await.unwrap();
    assert_eq!(opened, json!({"a": {"$erased": true}}));
}

#[tokio::test]
async fn a_destroyed_key_never_comes_back_and_none_is_deleted() {
    let vault = empty_vault().await;
    let (living, erased) = (vault.person().await, vault.person().await);
    vault.erase(erased).await.unwrap();
    for change in [
        format!("update vault.keys set wrapped = '\\x01', destroyed_at = null where subject = '{erased}'"),
        format!("update vault.keys set wrapped = '\\x01' where subject = '{living}'"),
        format!("delete from vault.keys where subject = '{living}'"),
        "truncate vault.keys".to_owned(),
    ] {
        assert!(sqlx::query(&change).execute(&vault.pool).await.is_err(), "{change}");
    }
}

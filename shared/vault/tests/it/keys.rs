//! The master key and the subjects' keys in their database.

use peiyu_vault::{MasterKey, SealError, Vault, VaultError};
use serde_json::json;
use uuid::Uuid;

use crate::support::empty_vault;

const EVENT: Uuid = Uuid::from_u128(1);

#[tokio::test]
async fn another_master_key_is_refused() {
    let vault = empty_vault().await;
    let folder = tempfile::tempdir().unwrap();
    let other = MasterKey::create(&folder.path().join("other.key")).unwrap();
    let refused = Vault::open(vault.pool.clone(), &other).await;
    assert!(matches!(refused, Err(VaultError::WrongMasterKey)));
}

#[tokio::test]
async fn keys_without_a_fingerprint_are_somebody_else_s() {
    let vault = empty_vault().await;
    vault.person().await;
    sqlx::query("delete from vault.master").execute(&vault.pool).await.unwrap();
    let master = MasterKey::load(&vault.master_file()).unwrap();
    let refused = Vault::open(vault.pool.clone(), &master).await;
    assert!(matches!(refused, Err(VaultError::WrongMasterKey)));
}

#[tokio::test]
async fn keys_are_made_once_whoever_asks_and_however_often() {
    let vault = empty_vault().await;
    let another = vault.another().await;
    let people: Vec<Uuid> = (0..200).map(|_| Uuid::now_v7()).collect();
    let twice: Vec<Uuid> = people.iter().chain(&people).copied().collect();
    let (one, two) = tokio::join!(vault.ensure_keys(&twice), another.ensure_keys(&people));
    one.unwrap();
    two.unwrap();
    let count: i64 =
        sqlx::query_scalar("select count(*) from vault.keys").fetch_one(&vault.pool).await.unwrap();
    assert_eq!(count, 200);

    vault.load_keys(&people).await.unwrap();
    let payload = json!({"a": {"$sensitive": 1}});
    for person in people.iter().take(10) {
        let sealed = vault.seal_payload(*person, EVENT, &payload).await.unwrap();
        assert_eq!(another.unseal_payload(*person, EVENT, &sealed).await.unwrap(), payload);
    }
}

#[tokio::test]
async fn loaded_keys_need_the_database_no_more_and_others_tell_that_it_is_away() {
    let vault = empty_vault().await;
    let (loaded, other) = (vault.person().await, vault.person().await);
    let another = vault.another().await;
    another.load_keys(&[loaded]).await.unwrap();
    vault.pool.close().await;
    another.seal_payload(loaded, EVENT, &json!({"a": {"$sensitive": 1}})).await.unwrap();
    let away = another.seal_payload(other, EVENT, &json!({})).await.unwrap_err();
    assert!(away.is_transient(), "{away:?}");
}

#[tokio::test]
async fn whoever_made_a_key_seals_without_asking_the_database_for_it() {
    let vault = empty_vault().await;
    let another = vault.another().await;
    let (made, made_elsewhere) = (vault.person().await, Uuid::now_v7());
    another.ensure_keys(&[made_elsewhere]).await.unwrap();
    // The key that this one draws for nothing must not be taken for the one that stands in the database.
    vault.ensure_keys(&[made, made_elsewhere]).await.unwrap();
    let payload = json!({"a": {"$sensitive": 1}});
    let sealed = vault.seal_payload(made_elsewhere, EVENT, &payload).await.unwrap();
    assert_eq!(another.unseal_payload(made_elsewhere, EVENT, &sealed).await.unwrap(), payload);
    let sealed = another.seal_payload(made, EVENT, &payload).await.unwrap();
    vault.pool.close().await;
    assert_eq!(vault.unseal_payload(made, EVENT, &sealed).await.unwrap(), payload);
}

#[tokio::test]
async fn a_key_moved_to_another_subject_is_damaged() {
    let vault = empty_vault().await;
    let person = vault.person().await;
    let thief = Uuid::now_v7();
    sqlx::query(
        "insert into vault.keys (subject, wrapped) select $1, wrapped from vault.keys where subject = $2",
    )
    .bind(thief)
    .bind(person)
    .execute(&vault.pool)
    .await
    .unwrap();
    let result = vault.seal_payload(thief, EVENT, &json!({})).await;
    assert!(matches!(result, Err(VaultError::Seal(SealError::KeyDamaged(subject))) if subject == thief));
}

#[tokio::test]
async fn keys_in_the_database_are_wrapped_and_all_differ() {
    let vault = empty_vault().await;
    vault.ensure_keys(&[Uuid::now_v7(), Uuid::now_v7()]).await.unwrap();
    let wrapped: Vec<Vec<u8>> =
        sqlx::query_scalar("select wrapped from vault.keys").fetch_all(&vault.pool).await.unwrap();
    // Version, nonce, 32 bytes of ciphertext, tag.
    assert!(wrapped.iter().all(|bytes| bytes.len() == 1 + 12 + 32 + 16));
    assert_ne!(wrapped[0][13..], wrapped[1][13..]);
}

#[tokio::test]
async fn the_keyed_hash_depends_on_kind_text_and_installation() {
    let (here, there) = (empty_vault().await, empty_vault().await);
    let hash = here.keyed_hash("staff_number", "0012345");
    assert_eq!(hash, here.another().await.keyed_hash("staff_number", "0012345"));
    assert_eq!(hash, here.keyed_hash_of_bytes("staff_number", b"0012345"));
    assert_ne!(hash, here.keyed_hash("form_number", "0012345"));
    assert_ne!(hash, here.keyed_hash("staff_number", "0012346"));
    assert_ne!(hash, there.keyed_hash("staff_number", "0012345"));
    // The kind's length is part of it: a text cannot slide into the kind.
    assert_ne!(here.keyed_hash("ab", "c"), here.keyed_hash("a", "bc"));
}

#[tokio::test]
async fn the_service_s_role_can_seal_and_erase_and_not_bring_back() {
    let vault = empty_vault().await;
    let options = vault.pool.connect_options().as_ref().clone().options([("role", "peiyu_vault")]);
    let pool = sqlx::PgPool::connect_with(options).await.unwrap();
    let master = MasterKey::load(&vault.master_file()).unwrap();
    let restricted = Vault::open(pool.clone(), &master).await.unwrap();
    let person = Uuid::now_v7();
    restricted.ensure_keys(&[person]).await.unwrap();
    restricted.seal_payload(person, EVENT, &json!({})).await.unwrap();
    restricted.erase(person).await.unwrap();
    for change in
        ["delete from vault.keys", "delete from vault.master", "update vault.master set fingerprint = '\\x'"]
    {
        let error = sqlx::query(change).execute(&pool).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().as_deref(), Some("42501"), "{change}");
    }
}

//! Keys go through a backup wrapped, and the register forgets anew whom an older backup still knew.

use peiyu_vault::backup::{KeysBackupError, export, import};
use peiyu_vault::{MasterKey, Register, Vault};
use serde_json::json;
use uuid::Uuid;

use crate::support::{TestVault, empty_vault};

const EVENT: Uuid = Uuid::from_u128(1);

/// An empty keys database under the same master key.
async fn restored(from: &TestVault) -> (TestVault, Vault) {
    let empty = empty_vault().await;
    sqlx::query("delete from vault.master").execute(&empty.pool).await.unwrap();
    let master = MasterKey::load(&from.master_file()).unwrap();
    let vault = Vault::open(empty.pool.clone(), &master).await.unwrap();
    (empty, vault)
}

#[tokio::test]
async fn keys_come_back_as_they_were_the_destroyed_ones_destroyed() {
    let vault = empty_vault().await;
    let (living, erased) = (vault.person().await, vault.person().await);
    let payload = json!({"name": {"$sensitive": "张三"}});
    let sealed = vault.seal_payload(living, EVENT, &payload).await.unwrap();
    vault.erase(erased).await.unwrap();
    let mut lines = Vec::new();
    assert_eq!(export(&vault.pool, &mut lines).await.unwrap(), 2);

    let (empty, again) = restored(&vault).await;
    assert_eq!(import(&empty.pool, lines.as_slice()).await.unwrap(), 2);
    assert_eq!(again.unseal_payload(living, EVENT, &sealed).await.unwrap(), payload);
    assert!(!again.erase(erased).await.unwrap(), "it was destroyed before");
    let refused = import(&empty.pool, lines.as_slice()).await;
    assert!(matches!(refused, Err(KeysBackupError::NotEmpty)), "{refused:?}");
}

#[tokio::test]
async fn a_broken_line_takes_nothing_in() {
    let (empty, _) = restored(&empty_vault().await).await;
    let subject = Uuid::now_v7();
    let good = json!({"subject": subject, "wrapped": "01", "created_at": "2026-11-24T00:00:00Z", "destroyed_at": null});
    let lines = format!("{good}\n{{\"subject\": \"nobody\"}}\n");
    assert!(matches!(import(&empty.pool, lines.as_bytes()).await, Err(KeysBackupError::Vault(_))));
    let count: i64 =
        sqlx::query_scalar("select count(*) from vault.keys").fetch_one(&empty.pool).await.unwrap();
    assert_eq!(count, 0);
}

#[tokio::test]
async fn who_was_erased_after_the_backup_is_erased_again_by_the_register() {
    let vault = empty_vault().await;
    let folder = tempfile::tempdir().unwrap();
    let register = Register::at(&folder.path().join("erasures"));
    let person = vault.person().await;
    let sealed = vault.seal_payload(person, EVENT, &json!({"name": {"$sensitive": "张三"}})).await.unwrap();
    let mut older = Vec::new();
    export(&vault.pool, &mut older).await.unwrap();
    assert!(vault.erase_for_good(&register, person).await.unwrap());

    let (empty, again) = restored(&vault).await;
    import(&empty.pool, older.as_slice()).await.unwrap();
    assert_eq!(again.erase_registered(&register).await.unwrap(), 1);
    assert_eq!(again.erase_registered(&register).await.unwrap(), 0, "safe to repeat");
    let opened = again.unseal_payload(person, EVENT, &sealed).await.unwrap();
    assert_eq!(opened, json!({"name": {"$erased": true}}));
}

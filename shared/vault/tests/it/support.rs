//! What the tests share: a vault on a database of its own.

use std::ops::Deref;
use std::path::PathBuf;

use peiyu_servers::testing::{TestDatabase, database};
use peiyu_vault::{MasterKey, Vault};
use sqlx::PgPool;
use tempfile::TempDir;
use uuid::Uuid;

pub struct TestVault {
    vault: Vault,
    pub pool: PgPool,
    folder: TempDir,
    _database: TestDatabase,
}

impl Deref for TestVault {
    type Target = Vault;

    fn deref(&self) -> &Vault {
        &self.vault
    }
}

impl TestVault {
    pub fn master_file(&self) -> PathBuf {
        self.folder.path().join("master.key")
    }

    /// A second process with the same master key.
    pub async fn another(&self) -> Vault {
        let master = MasterKey::load(&self.master_file()).unwrap();
        Vault::open(self.pool.clone(), &master).await.unwrap()
    }

    /// A subject with a key.
    pub async fn person(&self) -> Uuid {
        let person = Uuid::now_v7();
        self.ensure_keys(&[person]).await.unwrap();
        person
    }
}

pub async fn empty_vault() -> TestVault {
    let database = database().await;
    let pool = peiyu_vault::connect(&database.url, 4).await.unwrap();
    peiyu_vault::migrate(&pool).await.unwrap();
    peiyu_vault::check_version(&pool).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let master = MasterKey::create(&folder.path().join("master.key")).unwrap();
    let vault = Vault::open(pool.clone(), &master).await.unwrap();
    TestVault { vault, pool, folder, _database: database }
}

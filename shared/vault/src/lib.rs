//! Keys of persons: seal, unseal, erase, keyed hashes. The only room that may unseal.
//!
//! Every person has a key in a database of its own, wrapped by a [`MasterKey`] that lies outside of it. A sensitive
//! field is sealed under its subject's key and bound to subject, event and place, so that it cannot be moved.
//! Destroying a key ([`Vault::erase`]) erases the person in events, bus and backups at once.
//!
//! Sealed form: base64 of version (1 byte) ‖ nonce (12) ‖ AES-256-GCM-SIV; additional data is subject ‖ event ‖
//! JSON pointer.

pub mod backup;
mod cipher;
mod error;
mod field;
mod keys;
mod master;
mod register;

use std::sync::Arc;
use std::time::Duration;

use peiyu_platform::migrations::Schema;
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

pub use error::{MasterKeyError, SealError, UnsealError, VaultError};
pub use master::MasterKey;
pub use peiyu_platform::migrations::SchemaError;
pub use register::{Register, RegisterError};

use cipher::NotOpened;
use field::Owner;
use keys::{Key, Keys};
use master::Secret;

/// Longest that a statement may run.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
static SCHEMA: Schema = Schema { name: "vault", migrator: &MIGRATOR };

/// Where a file's bytes stand in the additional data; no JSON pointer looks like it.
const FILE: &str = "#file";

/// The vault of one installation; cheap to clone.
#[derive(Debug, Clone)]
pub struct Vault {
    keys: Arc<Keys>,
    hashing: Arc<Secret>,
}

/// A stored payload and whose it is.
#[derive(Debug, Clone, Copy)]
pub struct SealedPayload<'a> {
    /// Whose key sealed it.
    pub subject: Uuid,
    /// The event that it belongs to.
    pub event_id: Uuid,
    /// JSON text as stored.
    pub payload: &'a str,
}

/// A payload that is to be stored and whose it is.
#[derive(Debug, Clone, Copy)]
pub struct PlainPayload<'a> {
    /// Whose key seals it.
    pub subject: Uuid,
    /// The event that it belongs to.
    pub event_id: Uuid,
    /// JSON with marked fields.
    pub payload: &'a Value,
}

/// Brings the schema `vault` up to date, under a lock.
///
/// # Errors
/// When the database is away, newer than the binary, or a migration fails.
pub async fn migrate(pool: &PgPool) -> Result<(), SchemaError> {
    SCHEMA.migrate(pool).await
}

/// The newest migration that this binary carries, for backups.
#[must_use]
pub fn schema_version() -> i64 {
    SCHEMA.newest()
}

/// Says whether the keys database stands where this binary expects it; changes nothing.
///
/// # Errors
/// When the schema is missing, older, newer or changed, or the database is away.
pub async fn check_version(pool: &PgPool) -> Result<(), SchemaError> {
    SCHEMA.check(pool).await
}

/// A pool to the keys database with our limits, for [`migrate`] and [`Vault::open`].
///
/// # Errors
/// [`VaultError::Unavailable`] when the server does not answer.
pub async fn connect(url: &str, connections: u32) -> Result<PgPool, VaultError> {
    let options = peiyu_platform::pool::connection(url, "peiyu-vault", STATEMENT_TIMEOUT)?;
    Ok(peiyu_platform::pool::options(connections).connect_with(options).await?)
}

impl Vault {
    /// Opens the vault. The first master key that opens an empty one becomes its key.
    ///
    /// # Errors
    /// [`VaultError::WrongMasterKey`] when its keys were wrapped by another, [`VaultError::Unavailable`].
    pub async fn open(pool: PgPool, master: &MasterKey) -> Result<Self, VaultError> {
        let fingerprint = master.fingerprint();
        let select = "select fingerprint from vault.master";
        let mut known: Option<Vec<u8>> = sqlx::query_scalar(select).fetch_optional(&pool).await?;
        if known.is_none() {
            // Only an empty vault takes a master key: keys without a fingerprint are somebody else's.
            sqlx::query(
                "insert into vault.master (fingerprint) select $1 where not exists (select 1 from vault.keys) \
                 on conflict (single) do nothing",
            )
            .bind(fingerprint.as_slice())
            .execute(&pool)
            .await?;
            known = sqlx::query_scalar(select).fetch_optional(&pool).await?;
        }
        if known.as_deref() != Some(fingerprint.as_slice()) {
            return Err(VaultError::WrongMasterKey);
        }
        let keys = Arc::new(Keys::new(pool, master.derive("wrap")));
        Ok(Self { keys, hashing: Arc::new(master.derive("hash")) })
    }

    /// Makes a key for each subject that has none, in one statement; committed when this returns, so that no
    /// event is ever sealed under a key that a crash takes back. An erased subject gets no new key.
    ///
    /// # Errors
    /// [`VaultError::Unavailable`].
    pub async fn ensure_keys(&self, subjects: &[Uuid]) -> Result<(), VaultError> {
        Ok(self.keys.ensure(subjects).await?)
    }

    /// Fetches keys in one query, so that what follows for these subjects asks the database no more (for a minute).
    ///
    /// # Errors
    /// [`VaultError::Unavailable`].
    pub async fn load_keys(&self, subjects: &[Uuid]) -> Result<(), VaultError> {
        self.keys.get(subjects).await?;
        Ok(())
    }

    /// Seals the fields marked `{"$sensitive": v}`; gives the JSON text that is stored.
    ///
    /// # Errors
    /// [`VaultError::Seal`]: the subject has no key or is erased, or a mark stands where none may stand.
    /// [`VaultError::Unavailable`].
    pub async fn seal_payload(
        &self,
        subject: Uuid,
        event_id: Uuid,
        payload: &Value,
    ) -> Result<String, VaultError> {
        let mut texts = self.seal_many(&[PlainPayload { subject, event_id, payload }]).await?;
        Ok(texts.pop().unwrap_or_default())
    }

    /// Seals several payloads with one look-up of keys, in the order given.
    ///
    /// # Errors
    /// As [`Vault::seal_payload`], for the first that cannot be sealed.
    pub async fn seal_many(&self, payloads: &[PlainPayload<'_>]) -> Result<Vec<String>, VaultError> {
        let subjects: Vec<Uuid> = payloads.iter().map(|payload| payload.subject).collect();
        let keys = self.keys.get(&subjects).await?;
        let seal = |plain: &PlainPayload<'_>| {
            let key = key_to_seal(plain.subject, keys.get(&plain.subject))?;
            let owner = Owner { subject: plain.subject, event: plain.event_id };
            Ok(field::seal(key, owner, plain.payload)?.to_string())
        };
        payloads.iter().map(seal).collect()
    }

    /// Opens the sealed fields: `{"$sensitive": v}` again, or `{"$erased": true}` when the key is destroyed.
    ///
    /// # Errors
    /// [`VaultError::Unseal`]: an unknown key (never "erased") or bytes that are not those that were sealed.
    /// [`VaultError::Unavailable`].
    pub async fn unseal_payload(
        &self,
        subject: Uuid,
        event_id: Uuid,
        payload: &str,
    ) -> Result<Value, VaultError> {
        let mut opened = self.unseal_many(&[SealedPayload { subject, event_id, payload }]).await?;
        let opened = opened.pop().unwrap_or(Err(UnsealError::NotJson { event: event_id }));
        Ok(opened?)
    }

    /// Opens several payloads with one look-up of keys, in the order given; one that cannot be opened stops no other.
    ///
    /// # Errors
    /// [`VaultError::Unavailable`]; each payload has its own result beside.
    pub async fn unseal_many(
        &self,
        payloads: &[SealedPayload<'_>],
    ) -> Result<Vec<Result<Value, UnsealError>>, VaultError> {
        let subjects: Vec<Uuid> = payloads.iter().map(|payload| payload.subject).collect();
        let keys = self.keys.get(&subjects).await?;
        let unseal = |sealed: &SealedPayload<'_>| {
            let owner = Owner { subject: sealed.subject, event: sealed.event_id };
            field::unseal(key_to_unseal(owner, keys.get(&sealed.subject))?, owner, sealed.payload)
        };
        Ok(payloads.iter().map(unseal).collect())
    }

    /// Seals a file's bytes for a subject (an import has a key of its own) and an id of the file.
    ///
    /// # Errors
    /// As [`Vault::seal_payload`].
    pub async fn seal_bytes(&self, subject: Uuid, file: Uuid, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let keys = self.keys.get(&[subject]).await?;
        let key = key_to_seal(subject, keys.get(&subject))?;
        let sealed = cipher::seal(key, &Owner { subject, event: file }.place(FILE), plain);
        sealed.ok_or_else(|| SealError::Failed { pointer: FILE.into() }.into())
    }

    /// Opens what [`Vault::seal_bytes`] sealed.
    ///
    /// # Errors
    /// As [`Vault::unseal_payload`], and [`UnsealError::Erased`] when the key is destroyed.
    pub async fn unseal_bytes(
        &self,
        subject: Uuid,
        file: Uuid,
        sealed: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        let keys = self.keys.get(&[subject]).await?;
        let owner = Owner { subject, event: file };
        let key = key_to_unseal(owner, keys.get(&subject))?.ok_or(UnsealError::Erased { event: file })?;
        let opened = cipher::open(key, &owner.place(FILE), sealed).map_err(|error| match error {
            NotOpened::Tampered => UnsealError::Tampered { event: file, pointer: FILE.into() },
            NotOpened::Version(version) => {
                UnsealError::UnknownForm { event: file, pointer: FILE.into(), version }
            }
        })?;
        Ok(opened.to_vec())
    }

    /// A hash that only this installation can compute: for claims, digests of bodies and fingerprints.
    /// The same text under another kind gives another hash.
    #[must_use]
    pub fn keyed_hash(&self, kind: &str, text: &str) -> [u8; 32] {
        self.keyed_hash_of_bytes(kind, text.as_bytes())
    }

    /// [`Vault::keyed_hash`] of bytes.
    #[must_use]
    pub fn keyed_hash_of_bytes(&self, kind: &str, bytes: &[u8]) -> [u8; 32] {
        let length = (kind.len() as u64).to_be_bytes();
        master::hmac(&self.hashing, &[&length, kind.as_bytes(), bytes])
    }

    /// Destroys a subject's key for good. Safe to repeat; false when it was destroyed before. A subject without a
    /// key is marked too, so that a restore can apply the register of erasures to older keys.
    /// Other processes may hold the key open for up to a minute more.
    ///
    /// # Errors
    /// [`VaultError::Unavailable`].
    pub async fn erase(&self, subject: Uuid) -> Result<bool, VaultError> {
        Ok(self.keys.destroy(subject).await?)
    }
}

fn key_to_seal(subject: Uuid, key: Option<&Key>) -> Result<&Secret, SealError> {
    match key {
        Some(Key::Live(key)) => Ok(key),
        Some(Key::Destroyed) => Err(SealError::KeyDestroyed(subject)),
        Some(Key::Damaged) => Err(SealError::KeyDamaged(subject)),
        None => Err(SealError::UnknownKey(subject)),
    }
}

/// No key in the answer means: destroyed.
fn key_to_unseal(owner: Owner, key: Option<&Key>) -> Result<Option<&Secret>, UnsealError> {
    let Owner { subject, event } = owner;
    match key {
        Some(Key::Live(key)) => Ok(Some(key)),
        Some(Key::Destroyed) => Ok(None),
        Some(Key::Damaged) => Err(UnsealError::KeyDamaged { subject, event }),
        None => Err(UnsealError::UnknownKey { subject, event }),
    }
}

//! Keys in and out of a backup: one JSON object a line, each key wrapped by the master key as in the database.
//!
//! Without the master key, which is in neither, a backup of keys opens nothing.

use std::io::{BufRead, Write};

use futures::TryStreamExt;
use sqlx::PgPool;

use crate::VaultError;

/// Keys of one statement.
const AT_ONCE: usize = 5_000;

/// Why keys were not written out or taken in.
#[derive(Debug, thiserror::Error)]
pub enum KeysBackupError {
    /// The keys database does not answer, or refuses a key.
    #[error("the keys database cannot be read or written")]
    Vault(#[from] VaultError),
    /// The file cannot be read or written.
    #[error("the file of keys cannot be read or written")]
    File(#[from] std::io::Error),
    /// The vault holds keys already.
    #[error("the keys database holds keys already; keys are taken into an empty one only")]
    NotEmpty,
}

/// Writes every key, destroyed ones too; how many.
///
/// # Errors
/// [`KeysBackupError::Vault`], [`KeysBackupError::File`].
pub async fn export(pool: &PgPool, out: &mut impl Write) -> Result<u64, KeysBackupError> {
    let select = "select row_to_json(k)::text from (select subject, encode(wrapped, 'hex') as wrapped, \
                  created_at, destroyed_at from vault.keys order by subject) k";
    let mut rows = sqlx::query_scalar::<_, String>(select).fetch(pool);
    let mut count = 0;
    while let Some(line) = rows.try_next().await.map_err(VaultError::from)? {
        writeln!(out, "{line}")?;
        count += 1;
    }
    Ok(count)
}

/// Takes the keys of [`export`] into an empty vault, all or none; how many.
///
/// # Errors
/// [`KeysBackupError::NotEmpty`]; [`KeysBackupError::Vault`] also when a line is no key.
pub async fn import(pool: &PgPool, lines: impl BufRead) -> Result<u64, KeysBackupError> {
    let mut transaction = pool.begin().await.map_err(VaultError::from)?;
    let exists = "select exists (select 1 from vault.keys)";
    if sqlx::query_scalar(exists).fetch_one(&mut *transaction).await.map_err(VaultError::from)? {
        return Err(KeysBackupError::NotEmpty);
    }
    let insert = "insert into vault.keys (subject, wrapped, created_at, destroyed_at) \
                  select (k ->> 'subject')::uuid, decode(k ->> 'wrapped', 'hex'), \
                      (k ->> 'created_at')::timestamptz, (k ->> 'destroyed_at')::timestamptz \
                  from unnest($1::text[]) as line (text), lateral (select line.text::json as k) as parsed";
    let mut lines = lines.lines();
    let mut count = 0;
    loop {
        let chunk: Vec<String> = lines.by_ref().take(AT_ONCE).collect::<Result<_, _>>()?;
        if chunk.is_empty() {
            break;
        }
        let inserted = sqlx::query(insert).bind(chunk).execute(&mut *transaction).await;
        count += inserted.map_err(VaultError::from)?.rows_affected();
    }
    transaction.commit().await.map_err(VaultError::from)?;
    Ok(count)
}

//! Bearer tokens: named by their owner, shown once, kept as a hash, taken back by id.

use jiff::Timestamp;
use peiyu_domain::values::AccountId;
use secrecy::SecretString;
use serde::Serialize;
use sqlx::{PgPool, Row};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{SignIn, secret};

/// Most tokens of an account.
pub const MOST: i64 = 20;

/// A token as its owner sees it; the token itself is not kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct Token {
    /// By which it is taken back.
    pub id: Uuid,
    /// As its owner called it.
    pub name: String,
    /// When it was issued.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
}

impl SignIn {
    /// Issues a token; none when the account has too many. The account needs a password.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn issue_token(
        &self,
        account: AccountId,
        name: &str,
    ) -> Result<Option<(Uuid, SecretString)>, sqlx::Error> {
        let id = Uuid::now_v7();
        let token = format!("pyt_{}", secret::random());
        let inserted = sqlx::query(
            "insert into api.tokens (id, account, name, token_hash) \
             select $1, $2, $3, $4 where (select count(*) from api.tokens where account = $2) < $5",
        )
        .bind(id)
        .bind(account.0)
        .bind(name)
        .bind(secret::hash(&token).as_slice())
        .bind(MOST)
        .execute(&self.pool)
        .await?;
        Ok((inserted.rows_affected() == 1).then(|| (id, token.into())))
    }

    /// The account's tokens, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tokens(&self, account: AccountId) -> Result<Vec<Token>, sqlx::Error> {
        let rows = sqlx::query(
            "select id, name, created_at, last_used_at from api.tokens where account = $1 order by id desc limit $2",
        )
        .bind(account.0)
        .bind(MOST)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let created_at: jiff_sqlx::Timestamp = row.try_get("created_at")?;
                let last_used_at: Option<jiff_sqlx::Timestamp> = row.try_get("last_used_at")?;
                Ok(Token {
                    id: row.try_get("id")?,
                    name: row.try_get("name")?,
                    created_at: created_at.to_jiff(),
                    last_used_at: last_used_at.map(jiff_sqlx::Timestamp::to_jiff),
                })
            })
            .collect()
    }

    /// Takes a token back; false when the account has none of this id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn revoke_token(&self, account: AccountId, id: Uuid) -> Result<bool, sqlx::Error> {
        let deleted = sqlx::query("delete from api.tokens where account = $1 and id = $2")
            .bind(account.0)
            .bind(id)
            .execute(&self.pool)
            .await?;
        self.cache.clear();
        Ok(deleted.rows_affected() == 1)
    }
}

/// The token's account; notes at most once a minute that it is in use.
pub(super) async fn look_up(pool: &PgPool, hash: &[u8; 32]) -> Result<Option<AccountId>, sqlx::Error> {
    let row = sqlx::query(
        "select account, coalesce(last_used_at < now() - interval '1 minute', true) as note \
         from api.tokens where token_hash = $1",
    )
    .bind(hash.as_slice())
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    if row.try_get("note")? {
        sqlx::query("update api.tokens set last_used_at = now() where token_hash = $1")
            .bind(hash.as_slice())
            .execute(pool)
            .await?;
    }
    let account: Uuid = row.try_get("account")?;
    Ok(Some(AccountId(account)))
}

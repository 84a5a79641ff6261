//! Password hashes by account.

use peiyu_domain::values::AccountId;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{PgPool, Row};

use super::{SignIn, SignInError, passwords, secret};

/// What is kept of a password.
#[derive(Debug)]
pub(super) struct Credentials {
    pub(super) hash: String,
    pub(super) must_change: bool,
}

pub(super) async fn of(pool: &PgPool, account: AccountId) -> Result<Option<Credentials>, sqlx::Error> {
    let row = sqlx::query("select password_hash, must_change from api.credentials where account = $1")
        .bind(account.0)
        .fetch_optional(pool)
        .await?;
    row.map(|row| {
        Ok(Credentials { hash: row.try_get("password_hash")?, must_change: row.try_get("must_change")? })
    })
    .transpose()
}

impl SignIn {
    /// Whether the account's password was issued by an officer and never changed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn must_change(&self, account: AccountId) -> Result<bool, sqlx::Error> {
        Ok(of(&self.pool, account).await?.is_some_and(|known| known.must_change))
    }

    /// Gives an account its first password; none when it has one already (the request was sent again).
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn first_password(&self, account: AccountId) -> Result<Option<SecretString>, SignInError> {
        let password = SecretString::from(secret::first_password());
        let hash = self.hasher.hash(password.clone()).await?;
        let inserted = sqlx::query(
            "insert into api.credentials (account, password_hash, must_change) values ($1, $2, true) \
             on conflict (account) do nothing",
        )
        .bind(account.0)
        .bind(hash)
        .execute(&self.pool)
        .await?;
        Ok((inserted.rows_affected() == 1).then_some(password))
    }

    /// Replaces an account's password by a new first one and ends its sessions and tokens.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn reset_password(&self, account: AccountId) -> Result<SecretString, SignInError> {
        let password = SecretString::from(secret::first_password());
        let hash = self.hasher.hash(password.clone()).await?;
        sqlx::query(
            "insert into api.credentials (account, password_hash, must_change) values ($1, $2, true) \
             on conflict (account) do update set password_hash = excluded.password_hash, must_change = true, \
                 changed_at = now()",
        )
        .bind(account.0)
        .bind(hash)
        .execute(&self.pool)
        .await?;
        self.end_all(account).await?;
        Ok(password)
    }

    /// Removes an account's password, and with it its sessions and tokens.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget(&self, account: AccountId) -> Result<(), sqlx::Error> {
        sqlx::query("delete from api.credentials where account = $1")
            .bind(account.0)
            .execute(&self.pool)
            .await?;
        self.cache.clear();
        Ok(())
    }

    /// The account's own change of password; every other session and token ends, `keep` (a session) stays.
    ///
    /// # Errors
    /// [`SignInError::Failed`] when the present one is wrong, [`SignInError::Unfit`] when the new one is.
    pub async fn change_password(
        &self,
        account: AccountId,
        present: SecretString,
        new: SecretString,
        keep: Option<&str>,
    ) -> Result<(), SignInError> {
        if !passwords::fits(&new) || present.expose_secret() == new.expose_secret() {
            return Err(SignInError::Unfit);
        }
        let known = of(&self.pool, account).await?.map(|known| known.hash);
        if !self.hasher.verify(present, known).await? {
            return Err(SignInError::Failed);
        }
        let hash = self.hasher.hash(new).await?;
        let keep = keep.map(secret::hash);
        let mut transaction = self.pool.begin().await?;
        sqlx::query(
            "update api.credentials set password_hash = $2, must_change = false, changed_at = now() \
             where account = $1",
        )
        .bind(account.0)
        .bind(hash)
        .execute(&mut *transaction)
        .await?;
        sqlx::query("delete from api.sessions where account = $1 and id_hash is distinct from $2")
            .bind(account.0)
            .bind(keep.as_ref().map(<[u8; 32]>::as_slice))
            .execute(&mut *transaction)
            .await?;
        sqlx::query("delete from api.tokens where account = $1")
            .bind(account.0)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        self.cache.clear();
        Ok(())
    }
}

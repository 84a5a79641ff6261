//! Sessions: begun with a password, ended by signing out, by disuse or by age.

use peiyu_domain::values::AccountId;
use secrecy::SecretString;
use sqlx::{PgPool, Row};
use uuid::Uuid;

use super::{Keys, Purpose, SignIn, SignInError, attempts, credentials, secret};

/// Hours after which a session ends whatever happens.
pub const HOURS: i32 = 12;
/// Hours without a request after which it ends.
const IDLE_HOURS: i32 = 2;

/// A session that has just begun.
#[derive(Debug)]
pub struct Session {
    /// What the cookie carries.
    pub id: String,
    /// Whether the password was issued by an officer and should be changed.
    pub must_change: bool,
}

impl SignIn {
    /// Begins a session when the password is right. `account` is the login's, if it has one; `keys` are the
    /// login and address by which failures are counted.
    ///
    /// # Errors
    /// [`SignInError::Failed`], [`SignInError::Braked`], or when the database does not answer.
    pub async fn begin(
        &self,
        account: Option<AccountId>,
        password: SecretString,
        keys: &Keys,
    ) -> Result<Session, SignInError> {
        // Counted before it is tried, so that guesses sent all at once are counted too.
        if let Some(seconds) = attempts::count(&self.pool, keys).await? {
            return Err(SignInError::Braked { seconds });
        }
        let known = match account {
            Some(account) => credentials::of(&self.pool, account).await?,
            None => None,
        };
        let hash = known.as_ref().map(|known| known.hash.clone());
        let right = self.hasher.verify(password, hash).await?;
        let (Some(account), Some(known), true) = (account, known, right) else {
            return Err(SignInError::Failed);
        };
        attempts::forget(&self.pool, keys).await?;
        let id = secret::random();
        insert(&self.pool, &secret::hash(&id), account).await?;
        Ok(Session { id, must_change: known.must_change })
    }

    /// Ends a session; nothing happens when there is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end(&self, id: &str) -> Result<(), sqlx::Error> {
        sqlx::query("delete from api.sessions where id_hash = $1")
            .bind(secret::hash(id).as_slice())
            .execute(&self.pool)
            .await?;
        self.cache.clear();
        Ok(())
    }

    /// Ends every session and token of an account.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_all(&self, account: AccountId) -> Result<(), sqlx::Error> {
        sqlx::query("delete from api.sessions where account = $1")
            .bind(account.0)
            .execute(&self.pool)
            .await?;
        sqlx::query("delete from api.tokens where account = $1").bind(account.0).execute(&self.pool).await?;
        self.cache.clear();
        Ok(())
    }

    /// Removes what has ended long ago.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sweep(&self) -> Result<(), sqlx::Error> {
        sqlx::query("delete from api.sessions where expires_at < now()").execute(&self.pool).await?;
        sqlx::query("delete from api.attempts where last_at < now() - interval '1 day'")
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

async fn insert(pool: &PgPool, hash: &[u8; 32], account: AccountId) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into api.sessions (id_hash, account, expires_at) \
         values ($1, $2, now() + make_interval(hours => $3))",
    )
    .bind(hash.as_slice())
    .bind(account.0)
    .bind(HOURS)
    .execute(pool)
    .await?;
    Ok(())
}

/// The session's account, if it has not ended; notes at most once a minute that a request used it.
pub(super) async fn look_up(
    pool: &PgPool,
    hash: &[u8; 32],
    purpose: Purpose,
) -> Result<Option<AccountId>, sqlx::Error> {
    let row = sqlx::query(
        "select account, last_seen_at < now() - interval '1 minute' as note from api.sessions \
         where id_hash = $1 and expires_at > now() and last_seen_at > now() - make_interval(hours => $2)",
    )
    .bind(hash.as_slice())
    .bind(IDLE_HOURS)
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    if purpose == Purpose::Request && row.try_get("note")? {
        sqlx::query("update api.sessions set last_seen_at = now() where id_hash = $1")
            .bind(hash.as_slice())
            .execute(pool)
            .await?;
    }
    let account: Uuid = row.try_get("account")?;
    Ok(Some(AccountId(account)))
}

//! Signing in: passwords, sessions, tokens, the operator's token, and the brake on guessing.
//!
//! The tables are our own rather than tower-sessions': a session here is only "whose, until when", and its id
//! must stand in the database as a hash, so that a copy of the database opens nothing.

mod attempts;
mod cache;
mod credentials;
mod operator;
mod passwords;
mod secret;
mod sessions;
mod tokens;

use std::path::Path;

use peiyu_domain::values::AccountId;
use sqlx::PgPool;

pub use attempts::Keys;
pub use passwords::{LONGEST, SHORTEST};
pub use tokens::Token;

use cache::Cache;
use operator::OperatorToken;
use passwords::Hasher;

/// Everything about signing in; cheap to clone.
#[derive(Debug, Clone)]
pub struct SignIn {
    pool: PgPool,
    hasher: Hasher,
    cache: Cache,
    operator: OperatorToken,
}

/// Why a password was not taken.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Unknown login or wrong password.
    #[error("the login failed")]
    Failed,
    /// Too many failures; again in so many seconds.
    #[error("too many failures, again in {seconds} s")]
    Braked {
        /// Seconds to wait.
        seconds: u64,
    },
    /// The new password is too short, too long or the old one.
    #[error("the password does not fit")]
    Unfit,
    /// The database does not answer.
    #[error("the database does not answer")]
    Database(#[from] sqlx::Error),
    /// Hashing failed: a fault of the system.
    #[error("the password could not be hashed")]
    Hash(#[source] argon2::password_hash::Error),
    /// The hashing task was cut off.
    #[error("hashing was cut off")]
    CutOff(#[from] tokio::task::JoinError),
}

/// Whose credentials they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The operator's of this installation.
    Operator,
    /// An account's.
    Account(AccountId),
}

/// What a look-up is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A request: the session is in use.
    Request,
    /// Somebody who stays connected is looked at again: that keeps no session alive.
    Recheck,
}

impl SignIn {
    /// Takes a pool whose schema `api` is in place; `data` is the folder of `operator.token`.
    #[must_use]
    pub fn new(pool: PgPool, data: &Path) -> Self {
        let operator = OperatorToken::in_folder(data);
        Self { pool, hasher: Hasher::default(), cache: Cache::default(), operator }
    }

    /// The account behind a session cookie.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn by_session(&self, id: &str, purpose: Purpose) -> Result<Option<Whose>, sqlx::Error> {
        let hash = secret::hash(id);
        if let Some(account) = self.cache.get(&hash) {
            return Ok(Some(Whose::Account(account)));
        }
        let account = sessions::look_up(&self.pool, &hash, purpose).await?;
        Ok(account.map(|account| self.keep(hash, account, purpose)))
    }

    /// The account behind a bearer token, or the operator.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn by_token(&self, token: &str, purpose: Purpose) -> Result<Option<Whose>, sqlx::Error> {
        let hash = secret::hash(token);
        if self.operator.is(&hash).await {
            return Ok(Some(Whose::Operator));
        }
        if let Some(account) = self.cache.get(&hash) {
            return Ok(Some(Whose::Account(account)));
        }
        let account = match tokens::look_up(&self.pool, &hash).await? {
            Some(account) => Some(account),
            // The CLI carries a session as a bearer token.
            None => sessions::look_up(&self.pool, &hash, purpose).await?,
        };
        Ok(account.map(|account| self.keep(hash, account, purpose)))
    }

    /// Only what a request found is remembered, else the next request would not be noted as use.
    fn keep(&self, hash: [u8; 32], account: AccountId, purpose: Purpose) -> Whose {
        if purpose == Purpose::Request {
            self.cache.put(hash, account);
        }
        Whose::Account(account)
    }
}

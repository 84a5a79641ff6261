//! Argon2id, off the runtime's threads and a few at a time, since each needs 19 MiB.

use std::sync::{Arc, LazyLock};

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rand::TryRngCore;
use rand::rngs::OsRng;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use super::SignInError;

/// Fewest characters of a password.
pub const SHORTEST: usize = 10;
/// Most characters: more would only cost time.
pub const LONGEST: usize = 200;
/// Hashes computed at once.
const AT_ONCE: usize = 2;

/// Of no account: verified against when the login is unknown, so that both take the same time.
static NOBODYS: LazyLock<Option<String>> = LazyLock::new(|| hash_now("nobody's password").ok());

/// Hashes and verifies.
#[derive(Debug, Clone)]
pub(super) struct Hasher {
    permits: Arc<Semaphore>,
}

impl Default for Hasher {
    fn default() -> Self {
        Self { permits: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

/// 19 MiB, two passes, one lane: what OWASP asks for.
fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

fn hash_now(password: &str) -> Result<String, argon2::password_hash::Error> {
    let mut salt = [0_u8; 16];
    OsRng.try_fill_bytes(&mut salt).map_err(|_| argon2::password_hash::Error::Crypto)?;
    let salt = SaltString::from_b64(&STANDARD_NO_PAD.encode(salt))?;
    Ok(argon2().hash_password(password.as_bytes(), &salt)?.to_string())
}

fn verify_now(password: &str, hash: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(hash) else { return false };
    argon2().verify_password(password.as_bytes(), &parsed).is_ok()
}

impl Hasher {
    pub(super) async fn hash(&self, password: SecretString) -> Result<String, SignInError> {
        let hashed = self.run(move || hash_now(password.expose_secret())).await?;
        hashed.map_err(SignInError::Hash)
    }

    /// Whether the password is right; takes as long when there is no hash.
    pub(super) async fn verify(
        &self,
        password: SecretString,
        hash: Option<String>,
    ) -> Result<bool, SignInError> {
        let known = hash.is_some();
        let right = self
            .run(move || {
                let hash = hash.as_deref().or(NOBODYS.as_deref()).unwrap_or_default();
                verify_now(password.expose_secret(), hash)
            })
            .await?;
        Ok(right && known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, SignInError> {
        let permits = self.permits.clone();
        // The semaphore is never closed, and without a permit the work is only done less politely.
        let permit = permits.acquire_owned().await.ok();
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        Ok(done.await?)
    }
}

/// Whether a new password may be taken.
pub(super) fn fits(password: &SecretString) -> bool {
    (SHORTEST..=LONGEST).contains(&password.expose_secret().chars().count())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_verified_and_an_unknown_login_never_is() {
        let hasher = Hasher::default();
        let hash = hasher.hash("correct horse".to_owned().into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hasher.verify("correct horse".to_owned().into(), Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify("wrong horse".to_owned().into(), Some(hash)).await.unwrap());
        assert!(!hasher.verify("nobody's password".to_owned().into(), None).await.unwrap());
    }

    #[test]
    fn ten_characters_are_enough_whatever_the_script() {
        assert!(!fits(&"123456789".to_owned().into()));
        assert!(fits(&"一二三四五六七八九十".to_owned().into()));
        assert!(!fits(&"x".repeat(201).into()));
    }
}

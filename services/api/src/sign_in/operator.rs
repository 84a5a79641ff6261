//! The operator's token: a file in the data folder that only its owner can read, made by `peiyu up`.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use subtle::ConstantTimeEq;

use super::secret;

/// How long the file is believed without looking.
const KEPT: Duration = Duration::from_secs(2);
/// Fewest characters of a token: 32 random bytes in any usual encoding are more.
const SHORTEST: usize = 32;

/// The token as its hash, read anew now and then so that a changed file takes effect.
#[derive(Debug, Clone)]
pub(super) struct OperatorToken {
    file: Arc<PathBuf>,
    known: Arc<Mutex<Option<Known>>>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    hash: Option<[u8; 32]>,
    read_at: Instant,
}

impl OperatorToken {
    pub(super) fn in_folder(data: &Path) -> Self {
        Self { file: Arc::new(data.join("operator.token")), known: Arc::default() }
    }

    /// Whether this is the hash of the operator's token; in constant time.
    pub(super) async fn is(&self, hash: &[u8; 32]) -> bool {
        self.hash().await.is_some_and(|own| own.ct_eq(hash).into())
    }

    async fn hash(&self) -> Option<[u8; 32]> {
        let known = *self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Known { hash, read_at }) = known
            && read_at.elapsed() < KEPT
        {
            return hash;
        }
        let hash = read(&self.file).await;
        let known = Known { hash, read_at: Instant::now() };
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        hash
    }
}

async fn read(file: &Path) -> Option<[u8; 32]> {
    let metadata = tokio::fs::metadata(file).await.ok()?;
    if metadata.mode() & 0o077 != 0 {
        tracing::warn!("operator.token is not taken: others can read it (make it mode 0600)");
        return None;
    }
    let token = tokio::fs::read_to_string(file).await.ok()?;
    let token = token.trim();
    (token.len() >= SHORTEST).then(|| secret::hash(token))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[tokio::test]
    async fn a_token_that_others_can_read_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("operator.token");
        let token = secret::random();
        std::fs::write(&file, format!("{token}\n")).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(!OperatorToken::in_folder(folder.path()).is(&secret::hash(&token)).await);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        let operator = OperatorToken::in_folder(folder.path());
        assert!(operator.is(&secret::hash(&token)).await);
        assert!(!operator.is(&secret::hash("another")).await);
    }
}

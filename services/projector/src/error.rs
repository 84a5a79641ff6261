//! What goes wrong, told apart by whether waiting mends it.

use peiyu_platform::migrations::SchemaError;
use peiyu_store::StoreError;
use peiyu_vault::{MasterKeyError, UnsealError, VaultError};
use peiyu_views::{UnknownEvent, ViewError};

/// Why the projector does not move on.
#[derive(Debug, thiserror::Error)]
pub enum ProjectorError {
    /// The feed cannot be read.
    #[error("the feed cannot be read")]
    Store(#[from] StoreError),
    /// A read model cannot be written.
    #[error("a read model cannot be written")]
    View(#[from] ViewError),
    /// The keys cannot be used.
    #[error("the keys of persons cannot be used")]
    Vault(#[from] VaultError),
    /// A key is missing: the keys database does not belong to these events.
    #[error("an event cannot be unsealed")]
    Key(#[from] UnsealError),
    /// The master key cannot be used.
    #[error("the master key cannot be used")]
    MasterKey(#[from] MasterKeyError),
    /// A schema does not fit this binary.
    #[error("the database does not fit this binary")]
    Schema(#[from] SchemaError),
    /// This binary is older than an event; nothing is parked, a newer one goes on.
    #[error(transparent)]
    Unknown(#[from] UnknownEvent),
}

impl ProjectorError {
    /// Whether PostgreSQL is well and this binary is what does not fit, or what it reads.
    pub(crate) fn is_of_this_binary(&self) -> bool {
        match self {
            Self::Unknown(_) | Self::Key(_) | Self::View(ViewError::OtherVersion { .. }) => true,
            // A page read for a rebuild fails with an error of ours inside.
            Self::View(ViewError::Feed(inner)) => {
                inner.downcast_ref::<Self>().is_some_and(Self::is_of_this_binary)
            }
            Self::Store(_) | Self::View(_) | Self::Vault(_) | Self::MasterKey(_) | Self::Schema(_) => false,
        }
    }

    /// The innermost sentence that says what is wrong; an operator reads it in `/readyz`.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::View(ViewError::Feed(inner)) => match inner.downcast_ref::<Self>() {
                Some(inner) => inner.reason(),
                None => inner.to_string(),
            },
            Self::View(error @ ViewError::OtherVersion { .. }) => error.to_string(),
            other => other.to_string(),
        }
    }

    /// Whether waiting may mend it, an operator's doing included.
    pub(crate) fn passes(&self) -> bool {
        match self {
            Self::Store(error) => error.is_transient(),
            Self::View(error) => match error {
                ViewError::Unavailable(_)
                | ViewError::NotNext { .. }
                | ViewError::Missing { .. }
                | ViewError::Feed(_) => true,
                // The binary that writes that version goes on; this one waits to be replaced.
                ViewError::OtherVersion { .. } => true,
                ViewError::Schema(error) => schema_passes(error),
                ViewError::Inconsistent { .. }
                | ViewError::Misshapen { .. }
                | ViewError::NotParked { .. } => false,
            },
            Self::Vault(error) => error.is_transient(),
            Self::Schema(error) => schema_passes(error),
            // A newer binary beside this one goes on; this one waits to be replaced.
            Self::Unknown(_) | Self::Key(_) => true,
            Self::MasterKey(_) => false,
        }
    }
}

/// `peiyu migrate` has not run yet, or another process is at it.
fn schema_passes(error: &SchemaError) -> bool {
    matches!(error, SchemaError::Missing { .. } | SchemaError::Older { .. } | SchemaError::Database(_))
}

//! Why the api does not run.

use std::net::SocketAddr;

use peiyu_platform::migrations::SchemaError;
use peiyu_platform::telemetry::TelemetryError;
use peiyu_vault::{MasterKeyError, VaultError};

/// What waiting does not mend.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}; mend http.listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The listener failed.
    #[error("the listener failed")]
    Serve(#[source] std::io::Error),
    /// Metrics cannot be recorded.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// The master key cannot be read.
    #[error("the master key cannot be used; see vault.master_key_file")]
    MasterKey(#[from] MasterKeyError),
    /// The vault does not open.
    #[error("the vault does not open")]
    Vault(#[source] VaultError),
    /// A schema is newer than this binary or was changed.
    #[error(transparent)]
    Schema(SchemaError),
    /// An address of a database cannot be read.
    #[error("the address of a database cannot be read; mend database.url")]
    Address(#[source] sqlx::Error),
}

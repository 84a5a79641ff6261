//! Connects to store, keys and read models, and waits for their schemas.

use peiyu_platform::{Backoff, Probe, Settings, Shutdown};
use peiyu_store::Store;
use peiyu_vault::{MasterKey, Vault};
use secrecy::ExposeSecret;
use sqlx::PgPool;

use crate::{Feed, LONGEST_WAIT, ProjectorError, SHORTEST_WAIT};

/// Connections to the events and read models: pages, watch, listening.
const CONNECTIONS: u32 = 8;
/// Connections to the keys.
const KEY_CONNECTIONS: u32 = 2;

/// What projecting stands on.
pub(crate) struct Parts {
    pub(crate) feed: Feed,
    /// The read models' database.
    pub(crate) pool: PgPool,
}

/// Waits for everything; `None` when asked to end meanwhile.
pub(crate) async fn wait(
    settings: &Settings,
    probe: &Probe,
    shutdown: &Shutdown,
) -> Result<Option<Parts>, ProjectorError> {
    let mut backoff = Backoff::new(SHORTEST_WAIT, LONGEST_WAIT);
    loop {
        match connect(settings).await {
            Ok(parts) => {
                probe.up();
                return Ok(Some(parts));
            }
            Err(error) if error.passes() => {
                tracing::warn!(error = &error as &dyn std::error::Error, "waiting for PostgreSQL");
                probe.down(error.to_string());
            }
            Err(error) => return Err(error),
        }
        if !backoff.wait(shutdown).await {
            return Ok(None);
        }
    }
}

async fn connect(settings: &Settings) -> Result<Parts, ProjectorError> {
    let store = Store::connect(settings.database.url.expose_secret(), CONNECTIONS).await?;
    let pool = store.pool().clone();
    peiyu_store::check_version(&pool).await?;
    peiyu_views::generation::check_version(&pool).await?;
    let master = MasterKey::load(&settings.vault.master_key_file)?;
    let keys = peiyu_vault::connect(settings.database.keys_url.expose_secret(), KEY_CONNECTIONS).await?;
    peiyu_vault::check_version(&keys).await?;
    let vault = Vault::open(keys, &master).await?;
    Ok(Parts { feed: Feed::new(store, vault), pool })
}

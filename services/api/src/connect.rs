//! Connects to store, keys, read models and our own tables, and waits for their schemas.

use std::time::Duration;

use jiff::SignedDuration;
use peiyu_application::{Application, letter_language};
use peiyu_platform::migrations::SchemaError;
use peiyu_platform::{Backoff, Clock, Health, Probe, Settings, Shutdown};
use peiyu_store::{Appender, Store, StoreError};
use peiyu_vault::{MasterKey, Vault, VaultError};
use peiyu_views::ViewError;
use secrecy::ExposeSecret;
use tokio_util::sync::CancellationToken;

use crate::{Api, ApiError, Parts};

/// Connections to the keys.
const KEY_CONNECTIONS: u32 = 4;
/// Between two looks at the database.
const LOOK: Duration = Duration::from_secs(2);

/// What kept us from connecting: waited out, or an error for good.
enum Fault {
    Passing(String),
    Lasting(ApiError),
}

/// Waits for everything; `None` when asked to end meanwhile.
pub(crate) async fn wait(
    settings: &Settings,
    health: &Health,
    probe: &Probe,
    shutdown: &Shutdown,
) -> Result<Option<Parts>, ApiError> {
    let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(2));
    loop {
        match connect(settings, health, shutdown).await {
            Ok(parts) => {
                probe.up();
                return Ok(Some(parts));
            }
            Err(Fault::Passing(reason)) => {
                tracing::warn!(reason, "waiting for PostgreSQL");
                probe.down(reason);
            }
            Err(Fault::Lasting(error)) => return Err(error),
        }
        if !backoff.wait(shutdown).await {
            return Ok(None);
        }
    }
}

async fn connect(settings: &Settings, health: &Health, shutdown: &Shutdown) -> Result<Parts, Fault> {
    let master = MasterKey::load(&settings.vault.master_key_file).map_err(ApiError::from)?;
    let store = Store::connect(settings.database.url.expose_secret(), settings.database.pool).await?;
    let pool = store.pool().clone();
    peiyu_store::check_version(&pool).await?;
    peiyu_views::generation::check_version(&pool).await?;
    crate::check_version(&pool).await?;
    let keys = peiyu_vault::connect(settings.database.keys_url.expose_secret(), KEY_CONNECTIONS).await?;
    peiyu_vault::check_version(&keys).await?;
    let vault = Vault::open(keys, &master).await?;
    let stop = CancellationToken::new();
    let appender = Appender::start(store.clone(), stop.clone());
    let ended = shutdown.clone();
    // Requests under way at the end still append: the appender ends after the time that they have.
    tokio::spawn(async move {
        ended.requested().await;
        tokio::time::sleep(peiyu_platform::shutdown::GRACE).await;
        stop.cancel();
    });
    let clock = Clock::machine(SignedDuration::from_secs(settings.clock.offset_seconds));
    let tenant = settings.tenant.clone();
    let application = Application::new(peiyu_application::Parts { store, appender, vault, clock, tenant });
    let (data, public_url) = (settings.data.clone(), settings.http.public_url.clone());
    let (events, health) = (settings.events.clone(), health.clone());
    let letter_language = letter_language(settings.reminders.language);
    let trusted_proxies = settings.http.trusted_proxies.clone().unwrap_or_default();
    Ok(Parts { application, pool, data, public_url, trusted_proxies, events, letter_language, health })
}

/// Looks at the database now and then, for `/readyz`.
pub(crate) async fn watch(
    api: &Api,
    probe: &Probe,
    keys: &Probe,
    shutdown: &Shutdown,
) -> Result<(), ApiError> {
    keys.up();
    while shutdown.sleep(LOOK).await {
        // Nobody's key, so that the answer never comes from memory.
        match api.application().vault().load_keys(&[uuid::Uuid::nil()]).await {
            Ok(()) => keys.up(),
            Err(_) => keys.down("the keys database does not answer"),
        }
        match sqlx::query("select 1").execute(api.pool()).await {
            Ok(_) => probe.up(),
            Err(_) => probe.down("the database does not answer"),
        }
    }
    Ok(())
}

impl From<ApiError> for Fault {
    fn from(error: ApiError) -> Self {
        Self::Lasting(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Passing(error.to_string())
    }
}

impl From<VaultError> for Fault {
    fn from(error: VaultError) -> Self {
        if error.is_transient() { Self::Passing(error.to_string()) } else { ApiError::Vault(error).into() }
    }
}

impl From<SchemaError> for Fault {
    fn from(error: SchemaError) -> Self {
        match error {
            SchemaError::Missing { .. } | SchemaError::Older { .. } | SchemaError::Database(_) => {
                Self::Passing(error.to_string())
            }
            SchemaError::Newer { .. } | SchemaError::Changed { .. } | SchemaError::Migrate { .. } => {
                ApiError::Schema(error).into()
            }
        }
    }
}

impl From<ViewError> for Fault {
    fn from(error: ViewError) -> Self {
        match error {
            ViewError::Schema(error) => error.into(),
            error => Self::Passing(error.to_string()),
        }
    }
}

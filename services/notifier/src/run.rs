//! Puts the notifier together from settings, and lets it tick until asked to end.

use std::time::Duration;

use jiff::SignedDuration;
use peiyu_application::{Application, Parts as ApplicationParts};
use peiyu_platform::{Backoff, Clock, Health, Probe, Settings, Shutdown};
use peiyu_store::{Appender, SchemaError, Store, StoreError};
use peiyu_vault::{MasterKey, MasterKeyError, Vault, VaultError};
use peiyu_views::ViewError;
use secrecy::ExposeSecret;
use tokio_util::sync::CancellationToken;

use crate::mailer::{Mailer, MailerError};
use crate::metric;
use crate::tick::{Notifier, Parts};
use crate::watch;

/// Connections to the events and read models, and to the keys.
const CONNECTIONS: u32 = 6;
const KEY_CONNECTIONS: u32 = 2;
/// Waits after errors that pass by themselves.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// First wait before a mail that a server refused for now is tried again; doubles from attempt to attempt.
const RETRY_AFTER: Duration = Duration::from_secs(60);

/// What ends the notifier (what passes by itself is waited out instead).
#[derive(Debug, thiserror::Error)]
pub enum NotifierError {
    /// The mail settings cannot be used.
    #[error("the mail settings cannot be used")]
    Mail(#[from] MailerError),
    /// The master key is missing or cannot be used.
    #[error("the master key cannot be used")]
    MasterKey(#[from] MasterKeyError),
    /// The vault belongs to another master key.
    #[error("the vault cannot be opened")]
    Vault(#[from] VaultError),
    /// The event store holds what must not be.
    #[error("the event store cannot be used")]
    Store(#[from] StoreError),
    /// A database is newer than this binary, or its schema was changed.
    #[error("a database does not fit this binary")]
    Schema(#[from] SchemaError),
    /// The read models do not fit this binary.
    #[error("the read models do not fit this binary")]
    Views(#[from] ViewError),
}

impl NotifierError {
    /// Whether waiting mends it.
    fn is_transient(&self) -> bool {
        match self {
            Self::Store(error) => error.is_transient(),
            Self::Vault(error) => matches!(error, VaultError::Unavailable(_)),
            Self::Schema(error) | Self::Views(ViewError::Schema(error)) => matches!(
                error,
                SchemaError::Missing { .. } | SchemaError::Older { .. } | SchemaError::Database(_)
            ),
            Self::Views(ViewError::Unavailable(_) | ViewError::Missing { .. }) => true,
            Self::Views(
                ViewError::NotNext { .. }
                | ViewError::OtherVersion { .. }
                | ViewError::NotParked { .. }
                | ViewError::Inconsistent { .. }
                | ViewError::Misshapen { .. }
                | ViewError::Feed(_),
            )
            | Self::Mail(_)
            | Self::MasterKey(_) => false,
        }
    }
}

/// Runs until asked to end. PostgreSQL or the mail server away is waited out.
///
/// # Errors
/// [`NotifierError`] when something is wrong that waiting does not mend.
pub async fn run(settings: Settings, health: Health, shutdown: Shutdown) -> Result<(), NotifierError> {
    // Nothing has been looked at yet: without a value the alarm about a silent notifier could not fire.
    metrics::gauge!(metric::LAST_TICK).set(0.0);
    let postgres = health.register("notifier.postgres");
    let mail = health.register("notifier.mail");
    mail.degraded("not looked at yet");
    let mailer = Mailer::new(&settings)?;
    let watched = Mailer::new(&settings)?;
    let master = MasterKey::load(&settings.vault.master_key_file)?;
    let Some((store, vault)) = connect(&settings, &master, &postgres, &shutdown).await? else {
        return Ok(());
    };
    let stop_appending = CancellationToken::new();
    let application = Application::new(ApplicationParts {
        appender: Appender::start(store.clone(), stop_appending.clone()),
        clock: Clock::machine(SignedDuration::from_secs(settings.clock.offset_seconds)),
        tenant: settings.tenant.clone(),
        store,
        vault,
    });
    let notifier = Notifier::new(Parts {
        application,
        mailer,
        public_url: settings.http.public_url.clone(),
        reminders: settings.reminders.clone(),
        retry_after: RETRY_AFTER,
    });
    let pause = Duration::from_secs(settings.reminders.tick_seconds.max(1));
    let ticking = tick_on(&notifier, pause, &postgres, &shutdown);
    let watching = async {
        tokio::select! { () = shutdown.requested() => {}, () = watch::run(&watched, &mail, &shutdown) => {} }
    };
    tokio::join!(ticking, watching);
    stop_appending.cancel();
    Ok(())
}

async fn tick_on(notifier: &Notifier, pause: Duration, postgres: &Probe, shutdown: &Shutdown) {
    let mut backoff = Backoff::new(SHORTEST_WAIT, LONGEST_WAIT);
    loop {
        let goes_on = match notifier.tick(shutdown).await {
            Ok(tick) => {
                tracing::debug!(?tick, "ticked");
                postgres.up();
                backoff.reset();
                shutdown.sleep(pause).await
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "nothing can be reminded of now");
                postgres.down(error.to_string());
                backoff.wait(shutdown).await
            }
        };
        if !goes_on {
            return;
        }
    }
}

/// Waits for the databases and their schemas; none when asked to end meanwhile.
async fn connect(
    settings: &Settings,
    master: &MasterKey,
    postgres: &Probe,
    shutdown: &Shutdown,
) -> Result<Option<(Store, Vault)>, NotifierError> {
    let mut backoff = Backoff::new(SHORTEST_WAIT, LONGEST_WAIT);
    loop {
        match try_connect(settings, master).await {
            Ok(connected) => {
                postgres.up();
                return Ok(Some(connected));
            }
            Err(error) if error.is_transient() => {
                tracing::warn!(error = &error as &dyn std::error::Error, "waiting for PostgreSQL");
                postgres.down(error.to_string());
            }
            Err(error) => return Err(error),
        }
        if !backoff.wait(shutdown).await {
            return Ok(None);
        }
    }
}

async fn try_connect(settings: &Settings, master: &MasterKey) -> Result<(Store, Vault), NotifierError> {
    let store = Store::connect(settings.database.url.expose_secret(), CONNECTIONS).await?;
    peiyu_store::check_version(store.pool()).await?;
    peiyu_views::generation::check_version(store.pool()).await?;
    let keys = peiyu_vault::connect(settings.database.keys_url.expose_secret(), KEY_CONNECTIONS).await?;
    peiyu_vault::check_version(&keys).await?;
    Ok((store, Vault::open(keys, master).await?))
}

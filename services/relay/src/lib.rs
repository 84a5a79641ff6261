//! The relay: gives committed events their feed positions and copies the feed to JetStream.
//!
//! What holds here (promise 1 of ARCHITECTURE.md): feed position N is stream sequence N. PostgreSQL is the
//! truth and the stream a copy, so the relay may make a stream and append to it, and never deletes or purges
//! one. Before it publishes (after every connection and every error) it compares the stream with the feed;
//! any difference stops publishing, loudly, while sequencing goes on. Any number of relays may run at once:
//! the lock on the feed's head and the fence of the stream make that right.

mod cloud_event;
mod difference;
mod fence;
mod left_behind;
mod metric;
#[cfg(test)]
mod model;
mod pages;
mod publisher;
mod sequencer;
mod subscribers;
mod watch;

use std::time::Duration;

use jiff::SignedDuration;
use peiyu_bus::BusError;
use peiyu_platform::{Backoff, Clock, Health, Probe, Settings, Shutdown};
use peiyu_store::{SchemaError, Store, StoreError};
use secrecy::ExposeSecret;

pub use cloud_event::message_of;
pub use difference::{Difference, Remedy};
pub use fence::{Standing, standing};
pub use left_behind::{LeftBehind, left_behind};
pub use publisher::stream_settings;

/// Connections to PostgreSQL: sequencer, publisher, watch and two that listen.
const CONNECTIONS: u32 = 6;
/// Waits after errors that pass by themselves.
const SHORTEST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// What ends the relay (what passes by itself is waited out instead).
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// The store holds what must not be, or refuses our statements.
    #[error("the event store cannot be relayed")]
    Store(#[from] StoreError),
    /// The database is newer than this binary, or its schema was changed.
    #[error("the event store does not fit this binary")]
    Schema(#[from] SchemaError),
    /// NATS refuses for a reason that time does not mend.
    #[error("the stream cannot be used")]
    Bus(#[from] BusError),
}

/// Runs until asked to end. PostgreSQL or NATS away is waited out and shows in `health`.
///
/// # Errors
/// [`RelayError`] when something is wrong that waiting does not mend.
pub async fn run(settings: Settings, health: Health, shutdown: Shutdown) -> Result<(), RelayError> {
    let postgres = health.register("relay.postgres");
    let stream = health.register("relay.stream");
    let Some(store) = connect_store(&settings, &postgres, &shutdown).await? else { return Ok(()) };
    let clock = Clock::machine(SignedDuration::from_secs(settings.clock.offset_seconds));
    let progress = watch::Progress::default();
    let sequenced = tokio::sync::Notify::new();
    let parts = publisher::Parts {
        store: &store,
        settings: &settings,
        clock: &clock,
        probe: &stream,
        progress: &progress,
        sequenced: &sequenced,
        shutdown: &shutdown,
    };
    tokio::try_join!(
        sequencer::run(&store, &sequenced, &postgres, &shutdown),
        publisher::run(&parts),
        watch::run(&store, &clock, &progress, &shutdown),
        subscribers::run(&store, &settings, &clock, &shutdown),
    )?;
    Ok(())
}

/// Waits for the database and for its schema; `None` when asked to end meanwhile.
async fn connect_store(
    settings: &Settings,
    postgres: &Probe,
    shutdown: &Shutdown,
) -> Result<Option<Store>, RelayError> {
    let mut backoff = Backoff::new(SHORTEST_WAIT, LONGEST_WAIT);
    loop {
        match try_store(settings).await {
            Ok(store) => {
                postgres.up();
                return Ok(Some(store));
            }
            Err(RelayError::Store(error)) if error.is_transient() => {
                tracing::warn!(error = &error as &dyn std::error::Error, "waiting for PostgreSQL");
                postgres.down(chain(&error));
            }
            // `peiyu migrate` has not run yet, or another process is at it.
            Err(RelayError::Schema(
                error @ (SchemaError::Missing { .. } | SchemaError::Older { .. } | SchemaError::Database(_)),
            )) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "waiting for the schema");
                postgres.down(chain(&error));
            }
            Err(error) => return Err(error),
        }
        if !backoff.wait(shutdown).await {
            return Ok(None);
        }
    }
}

async fn try_store(settings: &Settings) -> Result<Store, RelayError> {
    let store = Store::connect(settings.database.url.expose_secret(), CONNECTIONS).await?;
    peiyu_store::check_version(store.pool()).await?;
    Ok(store)
}

/// An error with all its causes, for `/readyz`.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

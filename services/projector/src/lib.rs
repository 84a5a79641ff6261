//! The projector: follows the feed and keeps every read model up to date.
//!
//! Pages come from the stream while positions are contiguous, else from the feed in PostgreSQL, so that read
//! models also move while NATS is away. Each read model has its own checkpoint, moved in the transaction of its
//! rows; two projectors at once do no harm, since the checkpoint is locked before a page is taken in. What operators
//! ask for about parked events is carried out here, too (`requests.rs`).

mod connect;
mod error;
mod feed;
mod metric;
mod pages;
mod project;
mod requests;
mod watch;

use std::time::Duration;

use jiff::SignedDuration;
use peiyu_platform::{Backoff, Clock, Health, Probe, Settings, Shutdown};

use connect::Parts;

pub use error::ProjectorError;
pub use feed::Feed;

/// Waits after errors that pass by themselves.
const SHORTEST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Runs until asked to end. PostgreSQL, keys or NATS away is waited out and shows in `health`.
///
/// # Errors
/// [`ProjectorError`] when something is wrong that waiting does not mend.
pub async fn run(settings: Settings, health: Health, shutdown: Shutdown) -> Result<(), ProjectorError> {
    let postgres = health.register("projector.postgres");
    let probes = Probes {
        stream: health.register("projector.stream"),
        read_models: health.register("projector.read_models"),
        postgres: postgres.clone(),
    };
    let Some(parts) = connect::wait(&settings, &postgres, &shutdown).await? else { return Ok(()) };
    let clock = Clock::machine(SignedDuration::from_secs(settings.clock.offset_seconds));
    // Nobody waits for the stream: pages come from PostgreSQL, too.
    probes.stream.degraded("not read yet");
    rebuild_outdated(&parts, &probes, &shutdown).await?;
    probes.read_models.up();
    tokio::try_join!(
        project::run(&settings, &parts, &probes, &shutdown),
        requests::run(&parts, &clock, &shutdown),
        watch::run(&parts, &clock, &shutdown),
    )?;
    Ok(())
}

/// What the projector shows of its dependencies.
pub(crate) struct Probes {
    /// The events and read models.
    pub(crate) postgres: Probe,
    /// The stream; without it pages come from PostgreSQL.
    pub(crate) stream: Probe,
    /// Whether this binary may write the read models, and reads every event.
    pub(crate) read_models: Probe,
}

impl Probes {
    /// Everything that a turn needs is there.
    pub(crate) fn up(&self) {
        self.postgres.up();
        self.read_models.up();
    }

    /// Shows where it was that something went wrong.
    pub(crate) fn down(&self, error: &ProjectorError) {
        if error.is_of_this_binary() {
            self.postgres.up();
            self.read_models.down(error.reason());
        } else {
            self.postgres.down(error.reason());
        }
    }
}

/// Read models of an earlier version than this binary writes are filled anew before anything is taken in;
/// until the switch they serve as they are.
async fn rebuild_outdated(parts: &Parts, probes: &Probes, shutdown: &Shutdown) -> Result<(), ProjectorError> {
    let mut backoff = Backoff::new(SHORTEST_WAIT, LONGEST_WAIT);
    while !shutdown.is_requested() {
        let outcome = tokio::select! {
            // The next start goes on where this one was cut off.
            () = shutdown.requested() => return Ok(()),
            outcome = rebuild_all(parts) => outcome,
        };
        match outcome {
            Ok(()) => return Ok(()),
            Err(error) if error.passes() => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a rebuild waits");
                probes.down(&error);
                if !backoff.wait(shutdown).await {
                    return Ok(());
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn rebuild_all(parts: &Parts) -> Result<(), ProjectorError> {
    let mut tell = |events, of| tracing::debug!(events, of, "replaying");
    let rebuilt = peiyu_views::rebuild::rebuild_outdated(&parts.pool, &parts.feed, &mut tell).await?;
    for (view, position) in rebuilt {
        tracing::info!(view = view.name(), position, "the read model was filled anew");
    }
    Ok(())
}

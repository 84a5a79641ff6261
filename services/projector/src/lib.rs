//! The projector: follows the feed and keeps every read model up to date.
//!
//! Pages come from the stream while positions are contiguous, else from the feed in PostgreSQL, so that read
//! models also move while NATS is away. Each read model has its own checkpoint, moved in the transaction of its
//! rows; two projectors at once do no harm, since the checkpoint is locked before a page is taken in.

mod connect;
mod error;
mod feed;
mod metric;
mod pages;
mod project;
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
    let Some(parts) = connect::wait(&settings, &postgres, &shutdown).await? else { return Ok(()) };
    let clock = Clock::machine(SignedDuration::from_secs(settings.clock.offset_seconds));
    rebuild_outdated(&parts, &postgres, &shutdown).await?;
    tokio::try_join!(
        project::run(&settings, &parts, &postgres, &shutdown),
        watch::run(&parts, &clock, &shutdown),
    )?;
    Ok(())
}

/// Read models of another version than this binary writes are filled anew before anything is taken in;
/// until the switch they serve as they are.
async fn rebuild_outdated(parts: &Parts, probe: &Probe, shutdown: &Shutdown) -> Result<(), ProjectorError> {
    let mut backoff = Backoff::new(SHORTEST_WAIT, LONGEST_WAIT);
    while !shutdown.is_requested() {
        let outcome = tokio::select! {
            // An unfinished generation is removed by the next rebuild or verification.
            () = shutdown.requested() => return Ok(()),
            outcome = rebuild_all(parts) => outcome,
        };
        match outcome {
            Ok(()) => return Ok(()),
            Err(error) if error.passes() => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a rebuild waits");
                probe.down(error.to_string());
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
    for view in peiyu_views::generation::outdated(&parts.pool).await? {
        tracing::info!(view = view.name(), "the read model is filled anew");
        peiyu_views::rebuild::rebuild(&parts.pool, view, &parts.feed).await?;
    }
    Ok(())
}

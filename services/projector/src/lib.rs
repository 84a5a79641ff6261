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
use peiyu_platform::{Clock, Health, Settings, Shutdown};

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
    tokio::try_join!(
        project::run(&settings, &parts, &postgres, &shutdown),
        watch::run(&parts, &clock, &shutdown),
    )?;
    Ok(())
}

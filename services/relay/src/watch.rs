//! What operators watch: how far the stream is behind the feed, and the feed behind the store.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use peiyu_platform::{Clock, Shutdown};
use peiyu_store::{Store, StoreError};

use crate::fence::unsigned;
use crate::{RelayError, metric};

const EVERY: Duration = Duration::from_secs(2);

/// Where the stream ends, as far as the publisher knows.
#[derive(Debug, Default)]
pub(crate) struct Progress(AtomicU64);

impl Progress {
    pub(crate) fn published(&self, position: u64) {
        self.0.store(position, Ordering::Relaxed);
    }
}

pub(crate) async fn run(
    store: &Store,
    clock: &Clock,
    progress: &Progress,
    shutdown: &Shutdown,
) -> Result<(), RelayError> {
    loop {
        if let Err(error) = look(store, clock, progress).await {
            // The sequencer meets the same database, and says so.
            tracing::debug!(error = &error as &dyn std::error::Error, "the lag is not known");
        }
        if !shutdown.sleep(EVERY).await {
            return Ok(());
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "gauges are floating point, precise below 2^53")]
async fn look(store: &Store, clock: &Clock, progress: &Progress) -> Result<(), StoreError> {
    let waiting = store.unsequenced_backlog().await?;
    metrics::gauge!(metric::WAITING_EVENTS).set(waiting.count as f64);
    metrics::gauge!(metric::WAITING_SECONDS).set(waiting.age.as_secs_f64());
    metrics::gauge!(metric::OLDEST_SNAPSHOT).set(store.oldest_snapshot().await?.as_secs_f64());
    let published = progress.0.load(Ordering::Relaxed);
    let head = unsigned(store.feed_head().await?.position);
    let lag = head.saturating_sub(published);
    let age = match store.feed_page(i64::try_from(published).unwrap_or(i64::MAX), 1, 1).await?.first() {
        Some(oldest) => clock.now().duration_since(oldest.metadata.recorded_at).as_secs_f64().max(0.0),
        None => 0.0,
    };
    metrics::gauge!(metric::FEED_POSITION).set(head as f64);
    metrics::gauge!(metric::STREAM_POSITION).set(published as f64);
    metrics::gauge!(metric::LAG_EVENTS).set(lag as f64);
    metrics::gauge!(metric::LAG_SECONDS).set(age);
    Ok(())
}

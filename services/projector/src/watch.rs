//! Lags as count and age, measured apart from the loop: a loop that stands still must show.

use std::time::Duration;

use peiyu_platform::{Clock, Shutdown};
use peiyu_views::checkpoint::positions;

use crate::connect::Parts;
use crate::{ProjectorError, metric};

const PAUSE: Duration = Duration::from_secs(2);

pub(crate) async fn run(parts: &Parts, clock: &Clock, shutdown: &Shutdown) -> Result<(), ProjectorError> {
    while shutdown.sleep(PAUSE).await {
        if let Err(error) = measure(parts, clock).await {
            // The loop says the same, louder.
            tracing::debug!(error = &error as &dyn std::error::Error, "lags were not measured");
        }
    }
    Ok(())
}

async fn measure(parts: &Parts, clock: &Clock) -> Result<(), ProjectorError> {
    let store = parts.feed.store();
    let head = store.feed_head().await?.position;
    for at in positions(&parts.pool).await? {
        let lacking = (head - at.position).max(0);
        let since = match at.recorded_at {
            _ if lacking == 0 => None,
            Some(recorded_at) => Some(recorded_at),
            // One that has nothing yet lacks the feed's first event, and as long as that has been there.
            None => store.feed_page(at.position, 1, 1).await?.first().map(|event| event.metadata.recorded_at),
        };
        let age = since.map_or(0.0, |since| clock.now().duration_since(since).as_secs_f64().max(0.0));
        let view = at.view.name();
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        metrics::gauge!(metric::LAG_EVENTS, "view" => view).set(lacking as f64);
        metrics::gauge!(metric::LAG_SECONDS, "view" => view).set(age);
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        metrics::gauge!(metric::PARKED, "view" => view).set(at.parked_streams as f64);
    }
    Ok(())
}

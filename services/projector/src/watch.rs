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
    let head = parts.feed.store().feed_head().await?.position;
    for at in positions(&parts.pool).await? {
        let lacking = (head - at.position).max(0);
        let age = match at.recorded_at {
            Some(recorded_at) if lacking > 0 => {
                clock.now().duration_since(recorded_at).as_secs_f64().max(0.0)
            }
            Some(_) | None => 0.0,
        };
        let view = at.view.name();
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        metrics::gauge!(metric::LAG_EVENTS, "view" => view).set(lacking as f64);
        metrics::gauge!(metric::LAG_SECONDS, "view" => view).set(age);
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        metrics::gauge!(metric::PARKED, "view" => view).set(at.parked_streams as f64);
    }
    Ok(())
}

//! What operators ask for in the browser: retries and skips of parked events, carried out here since only the
//! projector may write read models.

use std::error::Error as StdError;
use std::time::Duration;

use peiyu_platform::{Clock, Shutdown};
use peiyu_views::ViewError;
use peiyu_views::parked::{Open, Outcome, Work};

use crate::ProjectorError;
use crate::connect::Parts;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(1);

pub(crate) async fn run(parts: &Parts, clock: &Clock, shutdown: &Shutdown) -> Result<(), ProjectorError> {
    while shutdown.sleep(PAUSE).await {
        if let Err(error) = turn(parts, clock, shutdown).await {
            tracing::warn!(error = &error as &dyn StdError, "what operators asked for waits");
        }
    }
    Ok(())
}

/// Every request that is open, one after the other.
async fn turn(parts: &Parts, clock: &Clock, shutdown: &Shutdown) -> Result<(), ViewError> {
    let Some(mut work) = Work::take(&parts.pool).await? else { return Ok(()) };
    for request in work.open().await? {
        if shutdown.is_requested() {
            break;
        }
        carry_out(parts, clock, shutdown, &request).await?;
    }
    work.give_back().await;
    Ok(())
}

/// One that cannot be carried out does not keep the others waiting.
async fn carry_out(
    parts: &Parts,
    clock: &Clock,
    shutdown: &Shutdown,
    request: &Open,
) -> Result<(), ViewError> {
    let stops = || shutdown.is_requested();
    match request.carry_out(&parts.pool, &parts.feed, clock.now(), stops).await {
        Ok(Outcome::Ended) => {
            tracing::info!(request = %request.id, "what an operator asked for has ended");
            Ok(())
        }
        Ok(Outcome::Stopped) => {
            tracing::info!(request = %request.id, "what an operator asked for was stopped and goes on later");
            Ok(())
        }
        Err(error) => {
            let error = ProjectorError::from(error);
            tracing::warn!(request = %request.id, error = &error as &dyn StdError, "a request is not carried out to the end");
            if error.passes() {
                request.waits(&parts.pool, &error.reason()).await
            } else {
                request.end(&parts.pool, Some(&error.reason())).await.map(drop)
            }
        }
    }
}

//! Retrying whole streams, and all that are meant, chunk by chunk: what was done stays done wherever it ends.

use std::collections::HashSet;
use std::future::Future;

use sqlx::PgPool;

use super::{By, ParkedStream, Scope, Which, list, retry};
use crate::error::ViewError;
use crate::source::PageSource;
use crate::view::View;

/// Streams that are looked up at once.
const STREAMS: i64 = 200;

/// How the retry of a stream ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Nothing of it waits any more.
    Open,
    /// It cannot go on at an event.
    Stuck {
        /// That event.
        position: i64,
        /// Its code.
        reason: String,
        /// Events of the stream that wait.
        events: i64,
    },
    /// The supervisor said stop.
    Stopped,
    /// Somebody else was quicker.
    Gone,
}

/// Who is asked between two chunks, and told what became of each stream.
pub trait Supervise: Send {
    /// Whether to go on with the next chunk.
    ///
    /// # Errors
    /// Whatever keeps it from knowing; the work ends with it.
    fn goes_on(&mut self) -> impl Future<Output = Result<bool, ViewError>> + Send;

    /// The retry of a stream has ended, with so many events taken in.
    ///
    /// # Errors
    /// As [`Supervise::goes_on`].
    fn ended(
        &mut self,
        stream: &ParkedStream,
        applied: i64,
        end: End,
    ) -> impl Future<Output = Result<(), ViewError>> + Send;
}

/// Every chunk of a stream, until it goes on, is stuck, or the supervisor says stop; answers the events taken in.
///
/// # Errors
/// As [`retry`], but that nothing is parked any more is no error; and whatever the supervisor says.
pub async fn retry_stream<S: PageSource, V: Supervise>(
    pool: &PgPool,
    which: &Which,
    source: &S,
    by: By<'_>,
    supervisor: &mut V,
) -> Result<(i64, End), ViewError> {
    let mut applied = 0;
    while supervisor.goes_on().await? {
        let retried = match retry(pool, which, source, by).await {
            Ok(retried) => retried,
            Err(ViewError::NotParked { .. }) => return Ok((applied, End::Gone)),
            Err(error) => return Err(error),
        };
        applied += retried.applied;
        if let Some((position, reason)) = retried.stuck {
            return Ok((applied, End::Stuck { position, reason, events: retried.parked }));
        }
        if retried.parked == 0 {
            return Ok((applied, End::Open));
        }
    }
    Ok((applied, End::Stopped))
}

/// Every stream that is meant, read model by read model, each by the position of its first event; `from` is the last
/// that was done before. The supervisor learns how each ended.
///
/// # Errors
/// As [`retry_stream`].
pub async fn retry_all<S: PageSource, V: Supervise>(
    pool: &PgPool,
    scope: &Scope,
    from: Option<(View, i64)>,
    source: &S,
    by: By<'_>,
    supervisor: &mut V,
) -> Result<(), ViewError> {
    for view in scope.views() {
        let mut after = match from {
            Some((done, _)) if view < done => continue,
            Some((done, position)) if view == done => position,
            Some(_) | None => 0,
        };
        // One that is stuck further on would be met again there.
        let mut stuck = HashSet::new();
        loop {
            let page = list(pool, view, scope, after, STREAMS).await?;
            let Some(last) = page.last() else { break };
            after = last.position;
            for stream in &page {
                if stuck.contains(&(stream.aggregate.clone(), stream.stream)) {
                    continue;
                }
                let (applied, end) = retry_stream(pool, &stream.which(), source, by, supervisor).await?;
                match &end {
                    End::Open | End::Gone => {}
                    End::Stopped => return supervisor.ended(stream, applied, end).await,
                    End::Stuck { .. } => {
                        stuck.insert((stream.aggregate.clone(), stream.stream));
                    }
                }
                supervisor.ended(stream, applied, end).await?;
            }
        }
    }
    Ok(())
}

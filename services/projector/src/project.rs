//! The loop: the page behind the hindmost read model, unsealed once, given to every read model.

use std::error::Error as StdError;
use std::time::Instant;

use futures::future::join_all;
use peiyu_contracts::Recorded;
use peiyu_platform::{Backoff, Settings, Shutdown, trace};
use peiyu_views::checkpoint::positions;
use peiyu_views::{Applied, View, apply};
use sqlx::PgPool;
use tracing::Instrument;

use crate::connect::Parts;
use crate::pages::Pages;
use crate::{LONGEST_WAIT, Probes, ProjectorError, SHORTEST_WAIT, metric};

/// Where a read model stands, as far as this projector knows.
type Known = Vec<(View, i64)>;

pub(crate) async fn run(
    settings: &Settings,
    parts: &Parts,
    probes: &Probes,
    shutdown: &Shutdown,
) -> Result<(), ProjectorError> {
    let mut pages = Pages::new(&parts.feed, settings, &probes.stream);
    let mut backoff = Backoff::new(SHORTEST_WAIT, LONGEST_WAIT);
    let mut known = None;
    while !shutdown.is_requested() {
        let turn = tokio::select! {
            () = shutdown.requested() => return Ok(()),
            turn = turn(parts, &mut pages, &mut known) => turn,
        };
        match turn {
            Ok(()) => {
                probes.up();
                backoff.reset();
            }
            Err(error) if error.passes() => {
                tracing::warn!(error = &error as &dyn StdError, "read models wait");
                probes.down(&error);
                // Another projector may have moved on meanwhile.
                known = None;
                if !backoff.wait(shutdown).await {
                    return Ok(());
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn turn(parts: &Parts, pages: &mut Pages<'_>, known: &mut Option<Known>) -> Result<(), ProjectorError> {
    let standing = match known.take() {
        Some(standing) => standing,
        None => positions(&parts.pool).await?.into_iter().map(|at| (at.view, at.position)).collect(),
    };
    let Some(hindmost) = standing.iter().map(|(_, position)| *position).min() else { return Ok(()) };
    let recorded = pages.after(hindmost).await?;
    if recorded.is_empty() {
        *known = Some(standing);
        return Ok(());
    }
    let page = parts.feed.read(&recorded).await?;
    let began = Instant::now();
    let given = give(&parts.pool, standing, hindmost, &page).instrument(span_of(&recorded));
    *known = Some(given.await?);
    metrics::histogram!(metric::PAGE_SECONDS).record(began.elapsed());
    metrics::counter!(metric::EVENTS).increment(page.len() as u64);
    Ok(())
}

fn span_of(page: &[Recorded]) -> tracing::Span {
    let parents = page.iter().map(|event| event.metadata.traceparent.as_deref());
    let first = page.first().map_or(0, |event| event.position);
    tracing::info_span!("project", first, events = page.len(), trace_id = trace::ids_of(parents))
}

/// Gives a page to every read model; those that have no interest in it are moved on together.
async fn give(pool: &PgPool, standing: Known, from: i64, page: &[Applied]) -> Result<Known, ProjectorError> {
    let Some(last) = page.last() else { return Ok(standing) };
    tracing::debug!(last = last.position, "a page goes into the read models");
    let wants = |view: View| page.iter().any(|applied| view.takes(&applied.aggregate_type));
    let (idle, busy): (Known, Known) =
        standing.into_iter().partition(|(view, position)| *position == from && !wants(*view));
    // Each has its own checkpoint and transaction, so they need not wait for one another.
    let given = busy.into_iter().map(async |(view, position)| {
        if position >= last.position {
            return Ok((view, position));
        }
        Ok((view, apply::apply_page(pool, view, page).await?))
    });
    let mut after: Known = join_all(given).await.into_iter().collect::<Result<_, ProjectorError>>()?;
    if !idle.is_empty() {
        let views: Vec<View> = idle.iter().map(|(view, _)| *view).collect();
        apply::pass_over(pool, &views, from, page).await?;
        after.extend(views.into_iter().map(|view| (view, last.position)));
    }
    Ok(after)
}

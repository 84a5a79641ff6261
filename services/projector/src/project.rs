//! The loop: the page behind the hindmost read model, unsealed once, given to every read model.

use std::error::Error as StdError;
use std::time::Instant;

use futures::future::join_all;
use peiyu_contracts::Recorded;
use peiyu_platform::trace::PageSpans;
use peiyu_platform::{Backoff, Settings, Shutdown};
use peiyu_views::checkpoint::positions;
use peiyu_views::{Applied, View, apply};
use sqlx::PgPool;
use tracing::Instrument;

use crate::connect::Parts;
use crate::feed::PAGE;
use crate::pages::Pages;
use crate::{LONGEST_WAIT, Probes, ProjectorError, SHORTEST_WAIT, metric};

/// Where a read model stands, as far as this projector knows.
type Known = Vec<(View, i64)>;

/// What is kept from turn to turn; after an error everything is looked up anew.
#[derive(Default)]
struct State {
    /// None when it has to be asked.
    known: Option<Known>,
    /// The next page, when there was time to read it.
    ahead: Option<Read>,
}

/// A page ready for the read models.
struct Read {
    /// Position before it.
    after: i64,
    /// Whether more was there than fits a page.
    is_full: bool,
    /// Ties what happens to its events to their commands.
    spans: PageSpans,
    page: Vec<Applied>,
}

pub(crate) async fn run(
    settings: &Settings,
    parts: &Parts,
    probes: &Probes,
    shutdown: &Shutdown,
) -> Result<(), ProjectorError> {
    let mut pages = Pages::new(&parts.feed, settings, &probes.stream);
    let mut backoff = Backoff::new(SHORTEST_WAIT, LONGEST_WAIT);
    let mut state = State::default();
    while !shutdown.is_requested() {
        let turn = tokio::select! {
            () = shutdown.requested() => return Ok(()),
            turn = turn(parts, &mut pages, &mut state) => turn,
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
                state = State::default();
                if !backoff.wait(shutdown).await {
                    return Ok(());
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn turn(parts: &Parts, pages: &mut Pages<'_>, state: &mut State) -> Result<(), ProjectorError> {
    let standing = match state.known.take() {
        Some(standing) => standing,
        None => positions(&parts.pool).await?.into_iter().map(|at| (at.view, at.position)).collect(),
    };
    let Some(hindmost) = standing.iter().map(|(_, position)| *position).min() else { return Ok(()) };
    let read = match state.ahead.take().filter(|ahead| ahead.after == hindmost) {
        Some(ahead) => ahead,
        None => next(parts, pages, hindmost).await?,
    };
    let Some(last) = read.page.last().map(|applied| applied.position) else {
        state.known = Some(standing);
        return Ok(());
    };
    let began = Instant::now();
    let given = give(&parts.pool, standing, hindmost, &read.page).instrument(read.spans.work());
    if read.is_full {
        // More is waiting: it is read and unsealed while PostgreSQL writes.
        let (given, ahead) = tokio::join!(given, next(parts, pages, last));
        state.known = given?;
        // What went wrong there shows when it is asked for again.
        state.ahead = ahead.ok();
    } else {
        state.known = given.await?;
    }
    metrics::histogram!(metric::PAGE_SECONDS).record(began.elapsed());
    metrics::counter!(metric::EVENTS).increment(read.page.len() as u64);
    Ok(())
}

fn spans_of(page: &[Recorded]) -> PageSpans {
    let parents = page.iter().map(|event| event.metadata.traceparent.as_deref());
    let first = page.first().map_or(0, |event| event.position);
    PageSpans::of(parents, |trace_id| tracing::info_span!("project", first, events = page.len(), trace_id))
}

/// The page behind a position, unsealed; empty when nothing came for a while.
async fn next(parts: &Parts, pages: &mut Pages<'_>, after: i64) -> Result<Read, ProjectorError> {
    let recorded = pages.after(after).await?;
    let is_full = i64::try_from(recorded.len()).is_ok_and(|length| length >= PAGE);
    let spans = spans_of(&recorded);
    Ok(Read { after, is_full, spans, page: parts.feed.read(&recorded).await? })
}

/// Gives a page to every read model; those that have no interest in it are moved on together. Answers where they
/// stand; nothing when another projector moved one meanwhile.
async fn give(
    pool: &PgPool,
    standing: Known,
    from: i64,
    page: &[Applied],
) -> Result<Option<Known>, ProjectorError> {
    let Some(last) = page.last() else { return Ok(Some(standing)) };
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
        let moved = apply::pass_over(pool, &views, from, page).await?;
        if moved.len() < views.len() {
            return Ok(None);
        }
        after.extend(moved.into_iter().map(|view| (view, last.position)));
    }
    Ok(Some(after))
}

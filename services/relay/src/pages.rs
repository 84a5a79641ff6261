//! Page after page from the feed to the stream, each only while the feed is still the one that was compared.

use std::time::Duration;

use peiyu_bus::{Message, Stream};
use peiyu_platform::failpoint;
use peiyu_platform::trace::PageSpans;
use peiyu_store::{FeedPage, Store, StoreError, Wake};
use tokio::time::Instant;
use tracing::Instrument;

use crate::publisher::Parts;
use crate::{RelayError, message_of, metric};

/// Events of one page, and of one atomic batch.
const PAGE: i64 = 1000;
/// About how many bytes of one page; two are in memory at once.
const PAGE_BYTES: i64 = 4 * 1024 * 1024;
/// A lost hint costs this much at most.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// An idle stream is compared this often: it may have been lost while nothing was published.
const COMPARE_AGAIN: Duration = Duration::from_secs(5);

/// What a comparison has found.
pub(crate) struct Begun<'a> {
    pub stream: &'a Stream,
    pub epoch: i32,
    /// Connections made up to the comparison.
    pub connects: u64,
    /// Where the stream ends.
    pub after: u64,
    /// The feed's event there, when it has one.
    pub id: Option<String>,
}

/// Publishes until it is time for the next comparison.
pub(crate) async fn publish(parts: &Parts<'_>, begun: Begun<'_>, wake: &mut Wake) -> Result<(), RelayError> {
    let Begun { stream, epoch, connects, mut after, mut id } = begun;
    let mut compared = Instant::now();
    let mut ahead: Option<FeedPage> = None;
    loop {
        if stream.bus().connects() != connects {
            return Ok(());
        }
        let page = match ahead.take() {
            Some(page) => page,
            None => read(parts.store, after).await?,
        };
        // A new epoch, or a database that went back: what was published is not what stands there now.
        if page.epoch != epoch || page.before.map(|id| id.to_string()) != id {
            return Ok(());
        }
        let Some(last) = page.events.last() else {
            if compared.elapsed() > COMPARE_AGAIN {
                return Ok(());
            }
            tokio::select! {
                () = parts.sequenced.notified() => {}
                () = wake.wait(LOOK_AGAIN) => {}
            }
            continue;
        };
        id = Some(last.metadata.event_id.to_string());
        let began = Instant::now();
        let spans = spans_of(&page);
        (after, ahead) = send(parts, stream, after, &page).instrument(spans.work()).await?;
        drop(spans);
        failpoint("relay.published");
        metrics::histogram!(metric::PUBLISH_SECONDS).record(began.elapsed().as_secs_f64());
        metrics::counter!(metric::PUBLISHED).increment(u64::try_from(page.events.len()).unwrap_or(0));
        parts.progress.published(after);
        // The server has just agreed on where the stream ends.
        compared = Instant::now();
    }
}

fn spans_of(page: &FeedPage) -> PageSpans {
    let parents = page.events.iter().map(|event| event.metadata.traceparent.as_deref());
    let first = page.events.first().map_or(0, |event| event.position);
    PageSpans::of(parents, |trace_id| {
        tracing::info_span!("publish", first, events = page.events.len(), trace_id)
    })
}

/// Publishes a page; the next one is read meanwhile when there may be one.
async fn send(
    parts: &Parts<'_>,
    stream: &Stream,
    after: u64,
    page: &FeedPage,
) -> Result<(u64, Option<FeedPage>), RelayError> {
    let tenant = &parts.settings.tenant;
    let messages: Vec<Message> =
        page.events.iter().map(|event| message_of(event, tenant, page.epoch)).collect();
    let count = u64::try_from(messages.len()).unwrap_or(u64::MAX);
    tracing::debug!("publishing");
    // A single event is what a quiet system has; then the next look is better taken afterwards.
    if count == 1 {
        return Ok((stream.publish(after, &messages).await?, None));
    }
    let (published, next) = tokio::join!(stream.publish(after, &messages), read(parts.store, after + count));
    // What was published counts, whatever became of the reading.
    let published = published?;
    Ok((published, next.ok().filter(|page| !page.events.is_empty())))
}

async fn read(store: &Store, after: u64) -> Result<FeedPage, StoreError> {
    store.feed_after(i64::try_from(after).unwrap_or(i64::MAX), PAGE, PAGE_BYTES).await
}

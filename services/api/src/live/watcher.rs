//! The one look at the feed for all open streams of a process; rests while none is open.

use std::sync::Arc;
use std::time::Duration;

use peiyu_platform::Shutdown;
use peiyu_store::{FeedHead, StoreError, Wake, WakeChannel};

use super::Seen;
use super::tail::Sent;
use crate::Api;

/// Longest wait for a hint; then it looks by itself.
const WAIT: Duration = Duration::from_secs(1);
/// Events read at once.
const PAGE: i64 = 500;
/// Bytes read at once, about.
const PAGE_BYTES: i64 = 1024 * 1024;
/// Further behind than this (nobody listened for a while), it begins anew at the head.
const FAR: i64 = 1000;

/// Watches until asked to end; then every stream ends, too.
pub(crate) async fn watch(api: &Api, shutdown: &Shutdown) {
    let live = api.live();
    tokio::select! { () = shutdown.requested() => {}, () = follow(api) => {} }
    live.seen.send_replace(Seen::Over);
}

async fn follow(api: &Api) {
    let live = api.live();
    let mut wake = None;
    loop {
        if live.seen.receiver_count() == 0 {
            // Gives the listening connection back.
            wake = None;
            live.opened.notified().await;
            continue;
        }
        if let Err(error) = look(api, &mut wake).await {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "the feed was not looked at; again soon"
            );
        }
        match &mut wake {
            Some(wake) => wake.wait(WAIT).await,
            None => tokio::time::sleep(WAIT).await,
        }
    }
}

async fn look(api: &Api, wake: &mut Option<Wake>) -> Result<(), StoreError> {
    let (live, store) = (api.live(), api.application().store());
    if wake.is_none() {
        // Before the look: what comes while it lasts is then told.
        *wake = Some(store.listen(WakeChannel::Sequenced).await?);
    }
    let head = store.feed_head().await?;
    fill(api, head).await?;
    live.seen.send_if_modified(|seen| std::mem::replace(seen, Seen::Head(head)) != Seen::Head(head));
    Ok(())
}

/// Reads what is new into the tail.
async fn fill(api: &Api, head: FeedHead) -> Result<(), StoreError> {
    let live = api.live();
    let mut end = live.with_tail(|tail| {
        let (epoch, end) = tail.end();
        if epoch != head.epoch || !(end..=end + FAR).contains(&head.position) {
            tail.begin_after(head.epoch, head.position);
        }
        tail.end().1
    });
    while end < head.position {
        let page = api.application().store().feed_page(end, PAGE, PAGE_BYTES).await?;
        let Some(last) = page.last() else { return Ok(()) };
        end = last.position;
        for event in &page {
            match Sent::of(event, api.application().tenant(), head.epoch) {
                Ok(sent) => live.with_tail(|tail| tail.push(Arc::new(sent))),
                // Streams then read for themselves, and say so.
                Err(error) => {
                    tracing::error!(%error, position = event.position, "an event cannot be written")
                }
            }
        }
    }
    Ok(())
}

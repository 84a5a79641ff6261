//! One open stream: catches up from the database, then takes what the watcher found; ends for a reason that it says.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream;
use peiyu_contracts::Recorded;
use peiyu_domain::access::Right;
use peiyu_store::{FeedHead, Store, StoreError};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::tail::Sent;
use super::{Live, Seen, Slot};
use crate::Api;
use crate::door::caller::identify;
use crate::metric;
use crate::problem::{Code, Problem};
use crate::sign_in::Purpose;

/// Events handed on at once.
const PAGE: usize = 256;
/// About as many bytes.
const PAGE_BYTES: i64 = 1024 * 1024;
/// Events that wait for a slow reader.
const WAITING: usize = 64;
/// A reader that takes nothing for so long is let go.
const STALLED: Duration = Duration::from_secs(60);
/// How long the reason of an end waits for a slow reader.
const FAREWELL: Duration = Duration::from_secs(2);
/// After how long a reader comes back.
const RETRY: Duration = Duration::from_secs(3);

/// From where a stream shall go on, and what of it is wanted.
#[derive(Debug)]
pub(crate) struct Opening {
    /// Position of the last event that the reader has.
    pub(crate) after: i64,
    /// `<aggregate>.<EventName>` of what is wanted; empty for all.
    pub(crate) types: BTreeSet<String>,
    /// The request's headers, by which its rights are looked at again.
    pub(crate) headers: HeaderMap,
    /// Where the feed ended when it was asked for.
    pub(crate) head: FeedHead,
}

/// Why a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The process ends.
    Shutdown,
    /// The token was taken back, the session ended, the right is gone.
    Rights,
    /// A backup was restored: positions of another life follow.
    Epoch,
    /// The database does not answer.
    Unavailable,
    /// The reader took nothing.
    Stalled,
    /// The reader is gone.
    Gone,
}

impl End {
    fn word(self) -> &'static str {
        match self {
            Self::Shutdown => "shutdown",
            Self::Rights => "rights",
            Self::Epoch => "epoch_changed",
            Self::Unavailable => "unavailable",
            Self::Stalled => "stalled",
            Self::Gone => "gone",
        }
    }
}

/// Opens a stream.
pub(crate) fn open(api: &Api, opening: Opening) -> Result<impl IntoResponse + use<>, Problem> {
    let live = api.live();
    let slot = live.stream_slot().ok_or_else(|| Problem::new(Code::Overloaded).retry_after(30))?;
    let heartbeat = Duration::from_secs(live.settings.heartbeat_seconds.max(1));
    let (out, waiting) = mpsc::channel(WAITING);
    let follower =
        Follower { api: api.clone(), seen: live.subscribe(), opening, out, checked: Instant::now() };
    tokio::spawn(follower.run(slot));
    let events = stream::unfold(waiting, |mut waiting| async move {
        let event = waiting.recv().await?;
        Some((Ok::<Event, Infallible>(event), waiting))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(heartbeat).text("heartbeat")))
}

/// A page of the feed, and where it ended afterwards: whoever restores begins an epoch before anything is appended.
async fn read(store: &Store, after: i64) -> Result<(Vec<Recorded>, FeedHead), StoreError> {
    let page = store.feed_page(after, i64::try_from(PAGE).unwrap_or(1), PAGE_BYTES).await?;
    Ok((page, store.feed_head().await?))
}

struct Follower {
    api: Api,
    seen: watch::Receiver<Seen>,
    opening: Opening,
    out: mpsc::Sender<Event>,
    checked: Instant,
}

impl Follower {
    async fn run(mut self, slot: Slot) {
        let end = match self.follow().await {
            Ok(never) => match never {},
            Err(end) => end,
        };
        metrics::counter!(metric::EVENT_STREAMS_ENDED, "reason" => end.word()).increment(1);
        tracing::debug!(reason = end.word(), "a stream of events ended");
        let last = Event::default().event("end").data(format!("{{\"reason\":\"{}\"}}", end.word()));
        // Whoever reads no more is not told.
        let _ = self.out.send_timeout(last, FAREWELL).await;
        drop(slot);
    }

    async fn follow(&mut self) -> Result<Infallible, End> {
        self.send(Event::default().retry(RETRY).comment("peiyu")).await?;
        let mut head = self.opening.head.position;
        loop {
            while self.opening.after < head {
                self.check().await?;
                self.hand_on().await?;
                head = self.head()?.max(head);
            }
            self.check().await?;
            head = self.head()?.max(head);
            if self.opening.after < head {
                continue;
            }
            let (again, out) = (self.checked + self.pause(), self.out.clone());
            tokio::select! {
                changed = self.seen.changed() => changed.map_err(|_| End::Shutdown)?,
                () = tokio::time::sleep_until(again) => {}
                () = out.closed() => return Err(End::Gone),
            }
        }
    }

    /// Where the feed ends, as far as known.
    fn head(&mut self) -> Result<i64, End> {
        match *self.seen.borrow_and_update() {
            Seen::Head(head) if head.epoch > self.opening.head.epoch => Err(End::Epoch),
            Seen::Head(head) if head.epoch == self.opening.head.epoch => Ok(head.position),
            // The watcher rested while nobody listened and has not looked yet.
            Seen::Head(_) | Seen::Nothing => Ok(self.opening.head.position),
            Seen::Over => Err(End::Shutdown),
        }
    }

    /// Sends one page of events, and where the reader stands when the last ones were not wanted.
    async fn hand_on(&mut self) -> Result<(), End> {
        let page = self.page().await?;
        let mut unsaid = false;
        for sent in page {
            // A slow reader may be at one page for long.
            self.check().await?;
            self.head()?;
            self.opening.after = sent.position;
            unsaid = !(self.opening.types.is_empty() || self.opening.types.contains(&sent.name));
            if !unsaid {
                self.send(Event::default().id(self.mark()).data(&sent.json)).await?;
            }
        }
        if unsaid {
            // An id alone moves `Last-Event-ID` and is no event.
            self.send(Event::default().id(self.mark())).await?;
        }
        Ok(())
    }

    /// `<epoch>-<position>`.
    fn mark(&self) -> String {
        format!("{}-{}", self.opening.head.epoch, self.opening.after)
    }

    async fn page(&self) -> Result<Vec<Arc<Sent>>, End> {
        let (after, epoch) = (self.opening.after, self.opening.head.epoch);
        if let Some(kept) = self.live().with_tail(|tail| tail.after(epoch, after, PAGE)) {
            return Ok(kept);
        }
        let application = self.api.application();
        let (page, head) = read(application.store(), after).await.map_err(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "a stream of events ends: no page");
            End::Unavailable
        })?;
        if head.epoch != epoch {
            return Err(End::Epoch);
        }
        let sent = page.iter().map(|event| Sent::of(event, application.tenant(), epoch).map(Arc::new));
        sent.collect::<Result<Vec<_>, _>>().map_err(|error| {
            tracing::error!(%error, after, "an event cannot be written");
            End::Unavailable
        })
    }

    /// Looks at the rights again, now and then: a token that was taken back reads no further.
    async fn check(&mut self) -> Result<(), End> {
        if self.checked.elapsed() < self.pause() {
            return Ok(());
        }
        let caller = identify(&self.api, &self.opening.headers, Purpose::Recheck).await;
        match caller.and_then(|caller| caller.must(Right::FeedRead)) {
            Ok(()) => self.checked = Instant::now(),
            Err(problem) if problem.status().is_client_error() => return Err(End::Rights),
            Err(_) => return Err(End::Unavailable),
        }
        Ok(())
    }

    fn pause(&self) -> Duration {
        Duration::from_secs(self.live().settings.rights_seconds.max(1))
    }

    fn live(&self) -> &Live {
        self.api.live()
    }

    async fn send(&mut self, event: Event) -> Result<(), End> {
        use mpsc::error::SendTimeoutError::{Closed, Timeout};
        self.out.send_timeout(event, STALLED).await.map_err(|error| match error {
            Timeout(_) => End::Stalled,
            Closed(_) => End::Gone,
        })
    }
}

//! Streams of events that stay open: one watcher a process looks at the feed, every stream is fed from what it
//! found, and each ends with the process, with its rights, or with the life of the feed (its epoch).

mod changes;
mod stream;
mod tail;
mod watcher;

use std::sync::{Arc, Mutex, PoisonError};

use peiyu_platform::settings::Events;
use peiyu_store::FeedHead;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};

use crate::metric;
use tail::Tail;

pub(crate) use changes::changes;
pub(crate) use stream::{Opening, open};
pub(crate) use watcher::watch;

/// Pages of a process that hear of changes: each costs little, as one asks the read models for all.
const MOST_PAGES: usize = 2048;

/// Where the feed stands, as the watcher saw it last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// Nothing yet.
    Nothing,
    /// The feed ends here.
    Head(FeedHead),
    /// The process is about to end.
    Over,
}

/// How far the read models had come when a page waited for them last.
#[derive(Debug, Default)]
struct Shown {
    asked: i64,
    shown: i64,
}

/// The open streams of a process.
#[derive(Debug)]
pub(crate) struct Live {
    settings: Events,
    streams: Arc<Semaphore>,
    pages: Arc<Semaphore>,
    shown: tokio::sync::Mutex<Shown>,
    tail: Mutex<Tail>,
    seen: watch::Sender<Seen>,
    opened: Notify,
}

/// A place among the open streams.
#[derive(Debug)]
struct Slot(#[expect(dead_code, reason = "held until the stream ends")] OwnedSemaphorePermit);

impl Slot {
    fn of(permit: OwnedSemaphorePermit) -> Self {
        metrics::gauge!(metric::EVENT_STREAMS).increment(1.0);
        Self(permit)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        metrics::gauge!(metric::EVENT_STREAMS).decrement(1.0);
    }
}

impl Live {
    pub(crate) fn new(settings: Events) -> Self {
        let places = |most: usize| Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
        Self {
            streams: places(settings.most_streams),
            pages: places(MOST_PAGES),
            shown: tokio::sync::Mutex::default(),
            settings,
            tail: Mutex::default(),
            seen: watch::Sender::new(Seen::Nothing),
            opened: Notify::new(),
        }
    }

    /// A place among the open streams of events; none when all are taken.
    fn stream_slot(&self) -> Option<Slot> {
        Arc::clone(&self.streams).try_acquire_owned().ok().map(Slot::of)
    }

    /// A place among the open pages: however many there are, none of them takes a subscriber's.
    fn page_slot(&self) -> Option<Slot> {
        Arc::clone(&self.pages).try_acquire_owned().ok().map(Slot::of)
    }

    /// To be told whenever the feed has moved.
    fn subscribe(&self) -> watch::Receiver<Seen> {
        let seen = self.seen.subscribe();
        self.opened.notify_one();
        seen
    }

    fn with_tail<T>(&self, work: impl FnOnce(&mut Tail) -> T) -> T {
        work(&mut self.tail.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

//! Retrying and skipping, chunk by chunk; Ctrl-C ends between two of them and what was done stays done.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use nix::unistd::{User, getuid};
use peiyu_platform::{Clock, Settings, Shutdown};
use peiyu_projector::Feed;
use peiyu_store::Store;
use peiyu_views::ViewError;
use peiyu_views::parked::{self, By, Which};
use serde_json::{Value, json};
use uuid::Uuid;

use super::One;
use super::look::{away, which};
use crate::beside;
use crate::cli::Global;
use crate::failure::Failure;
use crate::terminal::{Progress, say, say_json};

/// Streams that are looked up at once.
const STREAMS: i64 = 200;

/// Exact counts of what was done.
#[derive(Debug, Default)]
struct Done {
    /// Streams that go on.
    open: i64,
    /// Events taken in.
    applied: i64,
    /// Streams that are stuck again: where and why.
    stuck: Vec<Value>,
}

/// What acting needs.
struct Desk {
    store: Store,
    feed: Feed,
    who: String,
    now: Timestamp,
    stop: Shutdown,
}

impl Desk {
    async fn open(global: &Global, config: Option<PathBuf>) -> Result<Self, Failure> {
        let settings: Settings = beside::settings(global, config)?;
        let store = beside::store(&settings).await?;
        let feed = Feed::new(store.clone(), beside::vault(&settings).await?);
        let now = Clock::machine(SignedDuration::from_secs(settings.clock.offset_seconds)).now();
        // Whoever may do this acts beside the data, with the account of the machine.
        let user = User::from_uid(getuid()).ok().flatten().map(|user| user.name);
        let who = user.unwrap_or_else(|| getuid().to_string());
        Ok(Self { store, feed, who, now, stop: beside::stop()? })
    }

    /// Every chunk of a stream, until it goes on, is stuck, or somebody says stop.
    async fn retry(&self, which: &Which, why: &str, done: &mut Done) -> Result<(), Failure> {
        let by = By { who: &self.who, why, at: self.now };
        while !self.stop.is_requested() {
            let retried = match parked::retry(self.store.pool(), which, &self.feed, by).await {
                Ok(retried) => retried,
                // Another operator was quicker.
                Err(ViewError::NotParked { .. }) => return Ok(()),
                Err(error) => return Err(away(error)),
            };
            done.applied += retried.applied;
            if let Some((position, reason)) = retried.stuck {
                done.stuck.push(json!({
                    "view": which.view.name(), "kind": which.aggregate, "stream": which.stream,
                    "position": position, "reason": reason, "events": retried.parked,
                }));
                return Ok(());
            }
            if retried.parked == 0 {
                done.open += 1;
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Retries one stream, those of one read model, or all.
pub(super) async fn retry(
    global: &Global,
    config: Option<PathBuf>,
    view: Option<&str>,
    stream: Option<Uuid>,
    why: &str,
) -> Result<(), Failure> {
    let why = reason(why)?;
    let names: Vec<String> = view.iter().map(|view| (*view).to_owned()).collect();
    let views = beside::views_named(&names)?;
    let desk = Desk::open(global, config).await?;
    let mut done = Done::default();
    if let (Some(view), Some(stream)) = (view, stream) {
        let one = One { view: view.to_owned(), stream, kind: None };
        desk.retry(&which(&desk.store, &one).await?, why, &mut done).await?;
        return told(global, &desk, &done, None).await;
    }
    let mut total = 0;
    for view in &views {
        total += parked::count(desk.store.pool(), *view).await.map_err(away)?.streams;
    }
    let mut progress = Progress::begin("重试 retrying", global.json);
    let mut seen = 0;
    for view in &views {
        let mut after = 0;
        while !desk.stop.is_requested() {
            let page = parked::list(desk.store.pool(), *view, after, STREAMS).await.map_err(away)?;
            let Some(last) = page.last() else { break };
            after = last.position;
            for one in page.iter().take_while(|_| !desk.stop.is_requested()) {
                desk.retry(&one.which(), why, &mut done).await?;
                seen += 1;
                progress.at(seen, u64::try_from(total).unwrap_or(0));
            }
        }
    }
    progress.end();
    told(global, &desk, &done, None).await
}

/// Skips one event and retries what waits behind it.
pub(super) async fn skip(
    global: &Global,
    config: Option<PathBuf>,
    one: &One,
    position: i64,
    why: &str,
) -> Result<(), Failure> {
    let why = reason(why)?;
    let desk = Desk::open(global, config).await?;
    let which = which(&desk.store, one).await?;
    let by = By { who: &desk.who, why, at: desk.now };
    let left = parked::skip(desk.store.pool(), &which, position, by).await.map_err(|error| match error {
        ViewError::NotParked { .. } => Failure::usage(
            format!("位置 {position} 不是该流第一个等待的事件"),
            format!("position {position} is not the first event of the stream that waits"),
        )
        .because(error)
        .next("看它：peiyu parked show", "look at it: peiyu parked show"),
        other => away(other),
    })?;
    let mut done = Done::default();
    if left == 0 {
        done.open += 1;
    } else {
        desk.retry(&which, why, &mut done).await?;
    }
    told(global, &desk, &done, Some(position)).await
}

/// A reason stands on record for ever, so it must say something.
fn reason(why: &str) -> Result<&str, Failure> {
    let why = why.trim();
    if why.is_empty() || why.chars().count() > 500 {
        return Err(Failure::usage(
            "--reason 要写明原因（至多 500 字）",
            "--reason must say why, in at most 500 characters",
        ));
    }
    Ok(why)
}

async fn told(global: &Global, desk: &Desk, done: &Done, skipped: Option<i64>) -> Result<(), Failure> {
    let Done { open, applied, stuck } = done;
    let stopped = desk.stop.is_requested();
    if global.json {
        say_json(&json!({
            "skipped": skipped, "applied": applied, "streams_open": open, "streams_stuck": stuck,
            "stopped": stopped, "by": desk.who,
        }));
    } else {
        if let Some(position) = skipped {
            say(format!("已跳过 skipped: {position}"));
        }
        say(format!("补入事件 events taken in {applied}，恢复的流 streams that go on {open}"));
        for one in stuck {
            let (view, stream, position) = (&one["view"], &one["stream"], &one["position"]);
            say(format!("✗ {view} {stream} @ {position}: {} ({})", one["reason"], one["events"]));
        }
    }
    if stopped {
        return Err(Failure::failed(
            format!("已停下：补入 {applied} 个事件，恢复 {open} 个流"),
            format!("stopped: {applied} events were taken in, {open} streams go on"),
        )
        .next("接着做：peiyu parked retry", "go on: peiyu parked retry"));
    }
    if !stuck.is_empty() {
        let count = stuck.len();
        return Err(Failure::failed(
            format!("{count} 个流仍被搁置"),
            format!("{count} streams are still parked"),
        )
        .next(
            "看原因：peiyu parked show；确需放弃：peiyu parked skip",
            "see why: peiyu parked show; to give an event up: peiyu parked skip",
        ));
    }
    Ok(())
}

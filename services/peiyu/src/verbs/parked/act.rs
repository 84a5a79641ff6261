//! Retrying and skipping, chunk by chunk; Ctrl-C ends between two of them and what was done stays done.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use nix::unistd::{User, getuid};
use peiyu_platform::{Clock, Settings, Shutdown};
use peiyu_projector::Feed;
use peiyu_store::Store;
use peiyu_views::ViewError;
use peiyu_views::parked::{self, By, End, ParkedStream, Reason, Scope, Supervise, Which};
use serde_json::{Value, json};

use super::look::{away, which};
use super::{One, Wanted};
use crate::beside;
use crate::cli::Global;
use crate::failure::Failure;
use crate::terminal::{Progress, say, say_json};

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

    fn by<'a>(&'a self, why: &'a Reason) -> By<'a> {
        By { who: &self.who, why: why.as_str(), at: self.now, request: None }
    }
}

impl Done {
    fn add(&mut self, which: &Which, applied: i64, end: End) {
        self.applied += applied;
        match end {
            End::Open => self.open += 1,
            End::Stopped | End::Gone => {}
            End::Stuck { position, reason, events } => self.stuck.push(json!({
                "view": which.view.name(), "kind": which.aggregate, "stream": which.stream,
                "position": position, "reason": reason, "events": events,
            })),
        }
    }
}

/// Goes on until somebody says stop, and shows how far it is.
struct Watched<'a> {
    stop: &'a Shutdown,
    done: &'a mut Done,
    progress: Progress,
    seen: u64,
    total: u64,
}

impl Supervise for Watched<'_> {
    async fn goes_on(&mut self) -> Result<bool, ViewError> {
        Ok(!self.stop.is_requested())
    }

    async fn ended(&mut self, stream: &ParkedStream, applied: i64, end: End) -> Result<(), ViewError> {
        self.done.add(&stream.which(), applied, end);
        self.seen += 1;
        self.progress.at(self.seen, self.total);
        Ok(())
    }
}

/// Retries one stream, those of one read model or kind, or all.
pub(super) async fn retry(
    global: &Global,
    config: Option<PathBuf>,
    wanted: &Wanted,
    why: &str,
) -> Result<(), Failure> {
    let why = reason(why)?;
    let names: Vec<String> = wanted.view.iter().cloned().collect();
    let view = beside::views_named(&names)?.first().copied().filter(|_| wanted.view.is_some());
    wanted.kind.as_deref().map_or(Ok(()), known_kind)?;
    let desk = Desk::open(global, config).await?;
    let mut scope = Scope { view, kind: wanted.kind.clone(), stream: wanted.stream };
    if let (Some(view), Some(stream)) = (&wanted.view, wanted.stream) {
        let one = One { view: view.clone(), stream, kind: wanted.kind.clone() };
        scope.kind = Some(which(&desk.store, &one).await?.aggregate);
    }
    let mut done = Done::default();
    let pool = desk.store.pool();
    let total = parked::count(pool, &scope).await.map_err(away)?.streams;
    let mut watched = Watched {
        stop: &desk.stop,
        done: &mut done,
        progress: Progress::begin("重试 retrying", global.json),
        seen: 0,
        total: u64::try_from(total).unwrap_or(0),
    };
    let retried = parked::retry_all(pool, &scope, None, &desk.feed, desk.by(&why), &mut watched).await;
    watched.progress.end();
    retried.map_err(away)?;
    told(global, &desk, &done, None).await
}

fn known_kind(kind: &str) -> Result<(), Failure> {
    let kinds = parked::kinds();
    if kinds.contains(kind) {
        return Ok(());
    }
    let named = kinds.into_iter().collect::<Vec<_>>().join(", ");
    Err(Failure::usage(format!("没有聚合种类 {kind}"), format!("there is no kind of aggregate {kind}"))
        .next(format!("有：{named}"), format!("there are: {named}")))
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
    let (pool, by) = (desk.store.pool(), desk.by(&why));
    let left = parked::skip(pool, &which, position, by).await.map_err(|error| match error {
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
        let progress = Progress::begin("重试 retrying", global.json);
        let mut watched = Watched { stop: &desk.stop, done: &mut done, progress, seen: 0, total: 1 };
        let (applied, end) =
            parked::retry_stream(pool, &which, &desk.feed, by, &mut watched).await.map_err(away)?;
        watched.progress.end();
        done.add(&which, applied, end);
    }
    told(global, &desk, &done, Some(position)).await
}

fn reason(why: &str) -> Result<Reason, Failure> {
    Reason::new(why).ok_or_else(|| {
        Failure::usage(
            format!("--reason 要写明原因（至多 {} 字）", Reason::MOST),
            format!("--reason must say why, in at most {} characters", Reason::MOST),
        )
    })
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

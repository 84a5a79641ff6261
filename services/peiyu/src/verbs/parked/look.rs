//! What waits: counts, streams, events; read in chunks, so that Ctrl-C ends between two of them.

use std::path::PathBuf;

use peiyu_store::Store;
use peiyu_views::parked::{self, ParkedStream, Which};
use peiyu_views::{View, ViewError};
use serde_json::{Value, json};

use super::One;
use crate::beside;
use crate::cli::Global;
use crate::failure::Failure;
use crate::table::Table;
use crate::terminal::{say, say_json};

/// Streams or events of one chunk.
const CHUNK: i64 = 200;

/// Every parked stream of these read models, and the counts.
pub(super) async fn list(global: &Global, config: Option<PathBuf>, names: &[String]) -> Result<(), Failure> {
    let views = beside::views_named(names)?;
    let store = beside::store(&beside::settings(global, config)?).await?;
    let stop = beside::stop()?;
    let (mut told, mut streams) = (Vec::new(), Vec::new());
    for view in views {
        let counts = parked::count(store.pool(), &view.into()).await.map_err(away)?;
        told.push(json!({
            "view": view.name(), "streams": counts.streams, "events": counts.events, "skipped": counts.skipped,
        }));
        if counts.streams > 0 && !global.json {
            let (name, streams, events) = (view.name(), counts.streams, counts.events);
            say(format!("{name}: 流 streams {streams}，事件 events {events}"));
        }
        let mut after = 0;
        loop {
            let page = parked::list(store.pool(), view, &view.into(), after, CHUNK).await.map_err(away)?;
            let Some(last) = page.last() else { break };
            after = last.position;
            match global.json {
                true => streams.extend(page.iter().map(as_json)),
                false => say(table(&page).render()),
            }
            if stop.is_requested() {
                return Err(stopped(view, after));
            }
        }
    }
    if global.json {
        say_json(&json!({ "counts": told, "parked": streams }));
        return Ok(());
    }
    if told.iter().all(|one| one["streams"] == 0) {
        say("没有被搁置的流 nothing is parked");
    }
    told.iter().filter(|one| one["skipped"] != 0).for_each(|one| {
        let (view, skipped) = (one["view"].as_str().unwrap_or_default(), &one["skipped"]);
        say(format!("{view}: 已跳过的事件 events skipped {skipped}"));
    });
    Ok(())
}

/// The events of one stream that wait.
pub(super) async fn show(global: &Global, config: Option<PathBuf>, one: &One) -> Result<(), Failure> {
    let store = beside::store(&beside::settings(global, config)?).await?;
    let stop = beside::stop()?;
    let which = which(&store, one).await?;
    let (mut told, mut after) = (Vec::new(), 0);
    loop {
        let page = parked::events(store.pool(), &which, after, CHUNK).await.map_err(away)?;
        let Some(last) = page.last() else { break };
        after = last.position;
        let positions: Vec<i64> = page.iter().map(|event| event.position).collect();
        let recorded = store.feed_events(&positions).await;
        let recorded = recorded.map_err(|error| beside::away("PostgreSQL", error))?;
        let mut table =
            Table::new(["位置 position", "事件 event", "序号 sequence", "记录于 recorded", "原因 reason"]);
        for (event, recorded) in page.iter().zip(&recorded) {
            let name = format!("{}.v{}", recorded.event_type, recorded.event_version);
            let at = recorded.metadata.recorded_at;
            told.push(json!({
                "position": event.position, "event_id": event.event_id, "event": recorded.event_type,
                "version": recorded.event_version, "sequence": recorded.sequence, "recorded_at": at,
                "reason": event.reason,
            }));
            let cells = [event.position, recorded.sequence].map(|number| number.to_string());
            let [position, sequence] = cells;
            table.row([position, name, sequence, at.to_string(), event.reason.clone()]);
        }
        if !global.json {
            say(table.render());
        }
        if stop.is_requested() {
            return Err(stopped(which.view, after));
        }
    }
    if global.json {
        let (view, kind, stream) = (which.view.name(), &which.aggregate, which.stream);
        say_json(&json!({ "view": view, "kind": kind, "stream": stream, "events": told }));
    }
    Ok(())
}

/// The one stream meant.
pub(super) async fn which(store: &Store, one: &One) -> Result<Which, Failure> {
    let names = [one.view.clone()];
    let view = beside::views_named(&names)?.into_iter().next();
    let view = view.ok_or_else(|| Failure::usage("没有这个读模型", "there is no such read model"))?;
    let mut found = parked::of_id(store.pool(), view, one.stream).await.map_err(away)?;
    if let Some(kind) = &one.kind {
        found.retain(|which| which.aggregate == *kind);
    }
    let kinds: Vec<&str> = found.iter().map(|which| which.aggregate.as_str()).collect();
    match found.as_slice() {
        [which] => Ok(which.clone()),
        [] => Err(Failure::usage(
            format!("{} 中没有被搁置的流 {}", view.name(), one.stream),
            format!("{} has no parked stream {}", view.name(), one.stream),
        )
        .next("看看有哪些：peiyu parked list", "see which there are: peiyu parked list")),
        _ => Err(Failure::usage(
            format!("{} 有几个流：{}", one.stream, kinds.join("、")),
            format!("{} is the id of several streams: {}", one.stream, kinds.join(", ")),
        )
        .next("用 --kind 指明", "say which with --kind")),
    }
}

pub(super) fn away(error: ViewError) -> Failure {
    match error {
        ViewError::Unavailable(error) => beside::away("PostgreSQL", error),
        other => Failure::failed("读模型用不了", "the read model cannot be used").because(other),
    }
}

fn stopped(view: View, after: i64) -> Failure {
    let view = view.name();
    Failure::failed(
        format!("已停下：{view} 列到位置 {after}"),
        format!("stopped: {view} was listed up to position {after}"),
    )
}

fn as_json(stream: &ParkedStream) -> Value {
    json!({
        "view": stream.view.name(), "kind": stream.aggregate, "stream": stream.stream,
        "position": stream.position, "event_id": stream.event_id, "reason": stream.reason,
        "events": stream.events,
    })
}

fn table(page: &[ParkedStream]) -> Table {
    let mut table = Table::new(["种类 kind", "流 stream", "位置 position", "原因 reason", "等待 events"]);
    for one in page {
        let (position, events) = (one.position.to_string(), one.events.to_string());
        table.row([one.aggregate.clone(), one.stream.to_string(), position, one.reason.clone(), events]);
    }
    table
}

//! Streams that wait behind a bad event, the events of one, and what was asked for so far; never content.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::request::Request;
use super::tabs;
use crate::fault::Fault;
use crate::frame::{Frame, Link, shown};
use crate::visitor::Visitor;
use crate::words::{Words, at};

/// Which streams, and where the page begins; codes of the interface.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct From {
    view: String,
    kind: String,
    cursor: String,
}

impl From {
    fn is_narrowed(&self) -> bool {
        !self.view.is_empty() || !self.kind.is_empty()
    }

    /// An address with the same filters.
    fn at(&self, path: &str, cursor: &str) -> String {
        format!("{path}{}", crate::pages::query(&self.pairs(cursor)))
    }

    fn pairs<'a>(&'a self, cursor: &'a str) -> [(&'a str, &'a str); 3] {
        [("view", &self.view), ("kind", &self.kind), ("cursor", cursor)]
    }
}

/// Which kind, when several streams share the id.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Kind {
    kind: String,
}

#[derive(Debug, Deserialize)]
struct Listed {
    items: Vec<Stream>,
    next_cursor: Option<String>,
    total: Total,
}

/// How much waits in all.
#[derive(Debug, Deserialize)]
pub(super) struct Total {
    pub(super) streams: i64,
    pub(super) events: i64,
}

#[derive(Debug, Deserialize)]
struct Requests {
    items: Vec<Request>,
}

#[derive(Debug, Deserialize)]
struct Stream {
    view: String,
    kind: String,
    stream: Uuid,
    position: i64,
    reason: String,
    events: i64,
}

#[derive(Debug, Deserialize)]
struct One {
    view: String,
    kind: String,
    stream: Uuid,
    events: Vec<Event>,
    commands: Commands,
}

#[derive(Debug, Deserialize)]
struct Event {
    position: i64,
    event: String,
    version: i32,
    sequence: i64,
    recorded_at: Timestamp,
    reason: String,
}

#[derive(Debug, Deserialize)]
struct Commands {
    retry: String,
    skip: String,
}

/// An event as it is shown.
struct Row {
    event: Event,
    recorded: String,
}

#[derive(Template)]
#[template(path = "parked.html")]
struct Parked {
    frame: Frame,
    l: Words,
    tabs: Vec<Link>,
    from: From,
    total: Total,
    streams: Vec<Stream>,
    next: Option<String>,
    retry: String,
    requests: Vec<Request>,
}

#[derive(Template)]
#[template(path = "parked_stream.html")]
struct ParkedStream {
    frame: Frame,
    l: Words,
    tabs: Vec<Link>,
    view: String,
    kind: String,
    stream: Uuid,
    rows: Vec<Row>,
    retry: String,
    skip: String,
    commands: Commands,
}

pub(super) async fn list(visitor: Visitor, Query(from): Query<From>) -> Result<Response, Fault> {
    let l = visitor.l;
    let asked = [from.pairs(&from.cursor).as_slice(), &[("count", "true")]].concat();
    let path = format!("/v1/parked{}", crate::pages::query(&asked));
    let listed: Listed = visitor.ask.get(&path).await?;
    let requests: Requests = visitor.ask.get("/v1/parked/requests").await?;
    shown(&Parked {
        frame: visitor.frame(),
        l,
        tabs: tabs(l, "/operations/parked"),
        total: listed.total,
        streams: listed.items,
        next: listed.next_cursor.map(|cursor| from.at("/operations/parked", &cursor)),
        retry: from.at("/operations/parked/retry", ""),
        requests: requests.items,
        from,
    })
}

pub(super) async fn show(
    visitor: Visitor,
    Path((view, stream)): Path<(String, Uuid)>,
    Query(kind): Query<Kind>,
) -> Result<Response, Fault> {
    let l = visitor.l;
    let view = crate::pages::escaped(&view);
    let path = format!("/v1/parked/{view}/{stream}{}", crate::pages::query(&[("kind", &kind.kind)]));
    let one: One = visitor.ask.get(&path).await?;
    let id = one.stream.to_string();
    let which = [("view", &*one.view), ("kind", &*one.kind), ("stream", &*id)];
    let retry = format!("/operations/parked/retry{}", crate::pages::query(&which));
    let first = one.events.first().map_or_else(String::new, |event| event.position.to_string());
    let first_of = [which.as_slice(), &[("position", &*first)]].concat();
    let skip = format!("/operations/parked/skip{}", crate::pages::query(&first_of));
    let rows = one.events.into_iter().map(|event| Row { recorded: at(event.recorded_at), event });
    shown(&ParkedStream {
        frame: visitor.frame(),
        l,
        tabs: tabs(l, "/operations/parked"),
        view: one.view,
        kind: one.kind,
        stream: one.stream,
        rows: rows.collect(),
        retry,
        skip,
        commands: one.commands,
    })
}

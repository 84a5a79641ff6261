//! Streams that wait behind a bad event, and the events of one; never their content.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::tabs;
use crate::fault::Fault;
use crate::frame::{Frame, Link, shown};
use crate::visitor::Visitor;
use crate::words::{Words, at};

/// Where the page begins; a code of the interface.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct From {
    cursor: String,
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
    streams: Vec<Stream>,
    next: Option<String>,
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
    commands: Commands,
}

pub(super) async fn list(visitor: Visitor, Query(from): Query<From>) -> Result<Response, Fault> {
    let l = visitor.l;
    let path = format!("/v1/parked{}", crate::pages::query(&[("cursor", &from.cursor)]));
    let listed: Listed = visitor.ask.get(&path).await?;
    let next = listed
        .next_cursor
        .map(|cursor| format!("/operations/parked{}", crate::pages::query(&[("cursor", &cursor)])));
    let tabs = tabs(l, "/operations/parked");
    shown(&Parked { frame: visitor.frame(), l, tabs, streams: listed.items, next })
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
    let rows = one.events.into_iter().map(|event| Row { recorded: at(event.recorded_at), event });
    shown(&ParkedStream {
        frame: visitor.frame(),
        l,
        tabs: tabs(l, "/operations/parked"),
        view: one.view,
        kind: one.kind,
        stream: one.stream,
        rows: rows.collect(),
        commands: one.commands,
    })
}

//! What went out, latest first; day and state are filtered in the address.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use super::{Listed, named, standing, tabs};
use crate::beside::Beside;
use crate::fault::{Fault, Problem};
use crate::frame::{Frame, Link, page};
use crate::pages::{query, taken};
use crate::visitor::Visitor;
use crate::words::Words;

const STATES: [&str; 3] = ["sent", "failed", "claimed"];

/// The filters as they stand in the address; all text, so that whatever was typed comes back.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    from: String,
    to: String,
    state: String,
    cursor: String,
}

#[derive(Debug, Deserialize)]
struct Item {
    id: Uuid,
    addressee: Uuid,
    addressee_name: Option<String>,
    day: Date,
    channel: String,
    state: String,
    reason: Option<String>,
    obligation_count: u32,
    attempts: u32,
    possible_double: bool,
}

/// One digest as it is shown.
struct Row {
    id: Uuid,
    addressee: Uuid,
    name: String,
    day: Date,
    channel: String,
    standing: String,
    colour: &'static str,
    obligation_count: u32,
    attempts: u32,
    possible_double: bool,
}

#[derive(Template)]
#[template(path = "reminders.html")]
struct Reminders {
    frame: Frame,
    l: Words,
    filter: Filter,
    is_filtered: bool,
    tabs: Vec<Link>,
    states: &'static [&'static str],
    rows: Vec<Row>,
    next: Option<String>,
    /// The way back from a later page.
    latest: Option<String>,
    fault: Option<String>,
}

pub(super) async fn list(visitor: Visitor, Query(filter): Query<Filter>) -> Result<Response, Fault> {
    let l = visitor.l;
    let Filter { from, to, state, cursor } = &filter;
    let coded = [("from", from.as_str()), ("to", to), ("state", state), ("cursor", cursor)];
    let path = format!("/v1/reminders{}", query(&coded));
    let (listed, problem) = match taken(visitor.ask.get::<Listed<Item>>(&path).await)? {
        Ok(listed) => (listed, None),
        Err(problem) => (Listed { items: Vec::new(), next_cursor: None }, Some(problem)),
    };
    let next = listed.next_cursor.map(|cursor| {
        let coded = [("from", from.as_str()), ("to", to), ("state", state), ("cursor", &cursor)];
        format!("/reminders{}", query(&coded))
    });
    let filters = [("from", from.as_str()), ("to", to), ("state", state)];
    let latest = (!cursor.is_empty()).then(|| format!("/reminders{}", query(&filters)));
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status);
    let written = Reminders {
        frame: visitor.frame(),
        l,
        is_filtered: ![from, to, state].iter().all(|text| text.is_empty()),
        tabs: tabs(&visitor, "/reminders"),
        states: &STATES,
        rows: listed.items.into_iter().map(|item| row(item, l)).collect(),
        next,
        latest,
        fault: problem.map(|problem| Beside::of(Some(&problem), l).text),
        filter,
    };
    page(status, &written)
}

fn row(item: Item, l: Words) -> Row {
    let (standing, colour) = standing(&item.state, item.reason.as_deref(), l);
    Row {
        id: item.id,
        addressee: item.addressee,
        name: named(item.addressee_name, l),
        day: item.day,
        channel: l.word("channel", &item.channel),
        standing,
        colour,
        obligation_count: item.obligation_count,
        attempts: item.attempts,
        possible_double: item.possible_double,
    }
}

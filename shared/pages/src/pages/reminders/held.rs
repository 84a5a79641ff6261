//! 暂停的提醒: after a restore nobody knows what was sent since the backup; an operator lets it go out or drops it.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{Listed, named, tabs};
use crate::ask::Done;
use crate::fault::{Fault, Problem};
use crate::frame::{Frame, Link, page, shown};
use crate::pages::taken;
use crate::visitor::Visitor;
use crate::words::Words;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Saved {
    after: Option<Uuid>,
}

/// The form's key, so that sending it twice does it once.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    key: String,
}

#[derive(Debug, Deserialize)]
struct Item {
    addressee_name: Option<String>,
    obligation_count: u32,
    earliest_due_on: Option<Date>,
}

struct Row {
    name: String,
    obligation_count: u32,
    earliest_due_on: Option<Date>,
}

#[derive(Template)]
#[template(path = "reminders_held.html")]
struct Held {
    frame: Frame,
    l: Words,
    tabs: Vec<Link>,
    key: Uuid,
    is_done: bool,
    rows: Vec<Row>,
    problem: Option<Problem>,
}

#[derive(Template)]
#[template(path = "reminders_drop.html")]
struct Dropping {
    frame: Frame,
    l: Words,
    key: Uuid,
    count: usize,
}

pub(super) async fn held(visitor: Visitor, Query(saved): Query<Saved>) -> Result<Response, Fault> {
    written(&visitor, saved.after, None).await
}

/// Asks before what cannot be taken back.
pub(super) async fn ask(visitor: Visitor) -> Result<Response, Fault> {
    let held: Listed<Item> = visitor.ask.get("/v1/reminders/held").await?;
    let count = held.items.len();
    if count == 0 {
        return Ok(Redirect::to("/reminders/held").into_response());
    }
    shown(&Dropping { frame: visitor.frame(), l: visitor.l, key: Uuid::now_v7(), count })
}

pub(super) async fn release(visitor: Visitor, Form(sent): Form<Sent>) -> Result<Response, Fault> {
    settle(&visitor, "/v1/reminders/held/release", &sent).await
}

pub(super) async fn drop(visitor: Visitor, Form(sent): Form<Sent>) -> Result<Response, Fault> {
    settle(&visitor, "/v1/reminders/held/drop", &sent).await
}

async fn settle(visitor: &Visitor, path: &str, sent: &Sent) -> Result<Response, Fault> {
    let key = Uuid::try_parse(&sent.key).unwrap_or_else(|_| Uuid::now_v7());
    match taken(visitor.ask.command::<Done>(path, key, None, &json!({})).await)? {
        Ok(done) => Ok(Redirect::to(&crate::pages::saved("/reminders/held", &done)).into_response()),
        Err(problem) => written(visitor, None, Some(problem)).await,
    }
}

async fn written(
    visitor: &Visitor,
    after: Option<Uuid>,
    problem: Option<Problem>,
) -> Result<Response, Fault> {
    let l = visitor.l;
    let held: Listed<Item> = visitor.ask.clone().after(after).get("/v1/reminders/held").await?;
    let rows = held.items.into_iter().map(|item| Row {
        name: named(item.addressee_name, l),
        obligation_count: item.obligation_count,
        earliest_due_on: item.earliest_due_on,
    });
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status);
    let written = Held {
        frame: visitor.frame(),
        l,
        tabs: tabs(visitor, "/reminders/held"),
        key: Uuid::now_v7(),
        is_done: after.is_some(),
        rows: rows.collect(),
        problem,
    };
    page(status, &written)
}

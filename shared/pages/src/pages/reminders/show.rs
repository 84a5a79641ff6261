//! One digest: each duty that it named, with the reason.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use super::{named, standing};
use crate::fault::Fault;
use crate::frame::{Frame, shown};
use crate::visitor::Visitor;
use crate::words::{Words, at};

#[derive(Debug, Deserialize)]
struct Answer {
    addressee: Uuid,
    addressee_name: Option<String>,
    day: Date,
    channel: String,
    state: String,
    reason: Option<String>,
    code: Option<u16>,
    attempts: u32,
    claimed_at: Timestamp,
    ended_at: Option<Timestamp>,
    receipt: Option<String>,
    possible_double: bool,
    elsewhere_count: u32,
    items: Vec<Item>,
}

/// A duty that was named.
#[derive(Debug, Deserialize)]
struct Item {
    kind: String,
    rung: String,
    due_on: Date,
    about: Uuid,
    about_name: Option<String>,
    article: String,
}

#[derive(Template)]
#[template(path = "reminder.html")]
struct Reminder {
    frame: Frame,
    l: Words,
    name: String,
    claimed_at: String,
    ended_at: Option<String>,
    standing: String,
    colour: &'static str,
    answer: Answer,
}

pub(super) async fn show(visitor: Visitor, Path(id): Path<Uuid>) -> Result<Response, Fault> {
    let l = visitor.l;
    let mut answer: Answer = visitor.ask.get(&format!("/v1/reminders/{id}")).await?;
    let (standing, colour) = standing(&answer.state, answer.reason.as_deref(), l);
    let name = named(answer.addressee_name.take(), l);
    let (claimed_at, ended_at) = (at(answer.claimed_at), answer.ended_at.map(at));
    shown(&Reminder { frame: visitor.frame(), l, name, claimed_at, ended_at, standing, colour, answer })
}

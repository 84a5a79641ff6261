//! What would go out tomorrow, or on another day: addressee by addressee; nothing is sent.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use super::tabs;
use crate::beside::Beside;
use crate::fault::{Fault, Problem};
use crate::frame::{Frame, Link, page};
use crate::pages::{query, taken};
use crate::visitor::Visitor;
use crate::words::Words;

/// For which day; text, so that whatever was typed comes back.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct When {
    pub(super) on: String,
}

#[derive(Debug, Deserialize)]
struct Answer {
    day: Date,
    is_working_day: bool,
    next_working_day: Date,
    is_calendar_known: bool,
    digest_at: String,
    items: Vec<Digest>,
    held_count: u32,
    unheard_count: u32,
}

#[derive(Debug, Deserialize)]
struct Digest {
    addressee: Uuid,
    addressee_name: Option<String>,
    obligation_count: u32,
    own_count: u32,
    escalated_count: u32,
    later_count: u32,
    overdue_count: u32,
    earliest_due_on: Option<Date>,
}

#[derive(Template)]
#[template(path = "reminders_preview.html")]
struct Preview {
    frame: Frame,
    l: Words,
    on: String,
    tabs: Vec<Link>,
    answer: Option<Answer>,
    fault: Option<String>,
}

pub(super) async fn preview(visitor: Visitor, Query(when): Query<When>) -> Result<Response, Fault> {
    let path = format!("/v1/reminders/preview{}", query(&[("on", &when.on)]));
    let (answer, problem) = match taken(visitor.ask.get::<Answer>(&path).await)? {
        Ok(answer) => (Some(answer), None),
        Err(problem) => (None, Some(problem)),
    };
    let on = answer.as_ref().map_or(when.on, |answer| answer.day.to_string());
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status);
    let (frame, l) = (visitor.frame(), visitor.l);
    let tabs = tabs(&visitor, "/reminders/preview");
    let fault = problem.map(|problem| Beside::of(Some(&problem), l).text);
    page(status, &Preview { frame, l, on, tabs, answer, fault })
}

//! A digest as its addressee would read it; nothing is sent.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use super::preview::When;
use crate::fault::Fault;
use crate::frame::{Frame, shown};
use crate::pages::query;
use crate::visitor::Visitor;
use crate::words::Words;

#[derive(Debug, Deserialize)]
struct Answer {
    addressee_name: String,
    has_address: bool,
    day: Date,
    is_working_day: bool,
    subject: String,
    text: String,
}

#[derive(Template)]
#[template(path = "reminders_letter.html")]
struct Letter {
    frame: Frame,
    l: Words,
    answer: Answer,
}

pub(super) async fn letter(
    visitor: Visitor,
    Path(person): Path<Uuid>,
    Query(when): Query<When>,
) -> Result<Response, Fault> {
    let path = format!("/v1/reminders/preview/{person}{}", query(&[("on", &when.on)]));
    let answer: Answer = visitor.ask.get(&path).await?;
    shown(&Letter { frame: visitor.frame(), l: visitor.l, answer })
}

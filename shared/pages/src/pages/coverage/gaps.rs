//! 无缝隙: gaps up to a day, open ones first, with their remedy, then the longest.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use super::Asked;
use crate::fault::Fault;
use crate::frame::{Frame, shown};
use crate::visitor::Visitor;
use crate::words::Words;

#[derive(Debug, Deserialize)]
struct Answer {
    as_of: Date,
    gaps: Vec<Gap>,
    total: i64,
    open: i64,
    is_cut: bool,
}

#[derive(Debug, Deserialize)]
struct Gap {
    candidate: Uuid,
    name: String,
    from: Date,
    to: Date,
    days: i64,
    is_open: bool,
}

#[derive(Template)]
#[template(path = "coverage_gaps.html")]
struct Gaps {
    frame: Frame,
    l: Words,
    day: Date,
    today: Date,
    rows: Vec<Gap>,
    total: i64,
    open: i64,
    is_cut: bool,
    may_assign: bool,
    back: String,
    export: String,
}

pub(super) async fn show(visitor: Visitor, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let asked = Asked { organisation: None, standing: None, ..asked };
    let path = asked.at("/v1/coverage/gaps");
    let answer: Answer = visitor.ask.clone().after(asked.after).get(&path).await?;
    let mut rows = answer.gaps;
    rows.sort_by_key(|gap| (!gap.is_open, std::cmp::Reverse(gap.days)));
    shown(&Gaps {
        frame: visitor.frame(),
        l: visitor.l,
        day: answer.as_of,
        today: visitor.me.today,
        total: answer.total,
        open: answer.open,
        rows,
        is_cut: answer.is_cut,
        may_assign: visitor.me.may("liaison.assign"),
        back: asked.at("/coverage"),
        export: asked.at("/coverage/export"),
    })
}

//! 无缝隙: every gap up to a day, the longest first, open ones with their remedy.

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

/// As many as the interface tells of.
const MOST: usize = 1000;

#[derive(Debug, Deserialize)]
struct Answer {
    as_of: Date,
    gaps: Vec<Gap>,
    without_liaison: Vec<Without>,
}

#[derive(Debug, Deserialize)]
struct Gap {
    candidate: Uuid,
    name: String,
    from: Date,
    to: Date,
    days: i64,
}

#[derive(Debug, Deserialize)]
struct Without {
    id: Uuid,
}

/// A gap as it is shown.
struct Row {
    gap: Gap,
    is_open: bool,
}

#[derive(Template)]
#[template(path = "coverage_gaps.html")]
struct Gaps {
    frame: Frame,
    l: Words,
    day: Date,
    today: Date,
    rows: Vec<Row>,
    open: usize,
    is_cut: bool,
    may_assign: bool,
    back: String,
}

pub(super) async fn show(visitor: Visitor, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let asked = Asked { organisation: None, standing: None, ..asked };
    let answer: Answer = visitor.ask.clone().after(asked.after).get(&asked.at("/v1/coverage")).await?;
    let without: std::collections::HashSet<Uuid> = answer.without_liaison.iter().map(|one| one.id).collect();
    let is_cut = answer.gaps.len() >= MOST;
    let mut rows: Vec<Row> = answer
        .gaps
        .into_iter()
        .map(|gap| Row { is_open: gap.to == answer.as_of && without.contains(&gap.candidate), gap })
        .collect();
    rows.sort_by_key(|row| (!row.is_open, std::cmp::Reverse(row.gap.days)));
    shown(&Gaps {
        frame: visitor.frame(),
        l: visitor.l,
        day: answer.as_of,
        today: visitor.me.today,
        open: rows.iter().filter(|row| row.is_open).count(),
        rows,
        is_cut,
        may_assign: visitor.me.may("liaison.assign"),
        back: asked.at("/coverage"),
    })
}

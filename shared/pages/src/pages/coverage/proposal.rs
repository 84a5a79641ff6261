//! The proposal for everybody without a liaison: reviewed row by row, applied in part or whole.

use std::collections::HashMap;

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::Asked;
use crate::ask::Done;
use crate::fault::{Fault, Problem};
use crate::frame::{Frame, page, shown};
use crate::pages::taken;
use crate::visitor::Visitor;
use crate::words::Words;

/// Rows of one form at most; the others come when these are done.
const MOST_ROWS: usize = 200;

#[derive(Debug, Deserialize)]
struct Answer {
    assignments: Vec<Assignment>,
    without: Vec<Without>,
    leaders_with_nobody: Vec<Named>,
}

#[derive(Debug, Deserialize)]
struct Assignment {
    candidate: Uuid,
    name: Option<String>,
    staff_number: Option<String>,
    unit: Option<String>,
    room: Option<String>,
    liaison: Uuid,
    liaison_name: Option<String>,
    office: Option<String>,
    organisation: Option<String>,
    why: String,
    load: i64,
    load_after: i64,
    alternatives: Vec<Alternative>,
}

#[derive(Debug, Deserialize)]
struct Alternative {
    id: Uuid,
    name: String,
    organisation: Option<String>,
    load: i64,
}

#[derive(Debug, Deserialize)]
struct Without {
    candidate: Uuid,
    name: Option<String>,
    unit: Option<String>,
    why: String,
}

#[derive(Debug, Deserialize)]
struct Named {
    name: Option<String>,
}

/// The form as it was sent: one pick a row, candidate and liaison; a row left out has none.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Picks {
    key: String,
    since: String,
    row: Vec<String>,
    /// Whose row each was: who was assigned by somebody else meanwhile is in no later proposal.
    name: Vec<String>,
    pick: Vec<String>,
}

/// Who could accompany people, by name.
#[derive(Debug, Default, Deserialize)]
struct Leaders {
    leaders: Vec<Leader>,
}

#[derive(Debug, Deserialize)]
struct Leader {
    id: Uuid,
    name: String,
}

/// What came of the rows.
#[derive(Debug, Deserialize)]
struct Applied {
    applied: Vec<Done>,
    refused: Vec<Refused>,
}

#[derive(Debug, Deserialize)]
struct Refused {
    candidate: Uuid,
    liaison: Uuid,
    detail: String,
    article: Option<String>,
}

/// A row that was not done, with the names.
struct NotDone {
    candidate: Uuid,
    name: String,
    liaison_name: String,
    detail: String,
    article: Option<String>,
}

/// A row of the review.
struct Row {
    of: Assignment,
    why: &'static str,
    /// The leader chosen; none: left out.
    chosen: Option<Uuid>,
}

impl Row {
    fn is_chosen(&self, leader: &Uuid) -> bool {
        self.chosen.as_ref() == Some(leader)
    }
}

#[derive(Template)]
#[template(path = "coverage_proposal.html")]
struct Proposal {
    frame: Frame,
    l: Words,
    today: Date,
    key: Uuid,
    since: String,
    rows: Vec<Row>,
    more: usize,
    without: Vec<(Without, &'static str)>,
    leaders_with_nobody: Vec<Named>,
    problem: Option<Problem>,
    /// How many were done just now, and what was not.
    done: Option<usize>,
    not_done: Vec<NotDone>,
}

pub(super) async fn show(mut visitor: Visitor, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    visitor.ask = visitor.ask.after(asked.after);
    shown(&written(&visitor, Picks::default(), None).await?)
}

pub(super) async fn apply(mut visitor: Visitor, Form(picks): Form<Picks>) -> Result<Response, Fault> {
    let key = Uuid::try_parse(&picks.key).unwrap_or_else(|_| Uuid::now_v7());
    let chosen = chosen(&picks.pick);
    let assignments: Vec<_> = chosen
        .iter()
        .map(|(candidate, liaison)| json!({ "candidate": candidate, "liaison": liaison }))
        .collect();
    let mut body = json!({ "assignments": assignments });
    if !picks.since.trim().is_empty() {
        body["since"] = json!(picks.since.trim());
    }
    let answer = visitor.ask.command::<Applied>("/v1/liaison/proposals/apply", key, None, &body).await;
    match taken(answer)? {
        Ok(applied) if applied.refused.is_empty() => {
            let after = applied.applied.iter().rev().find_map(|done| done.event);
            let path = after.map_or("/coverage".to_owned(), |event| format!("/coverage?after={event}"));
            Ok(Redirect::to(&path).into_response())
        }
        Ok(applied) => {
            let after = applied.applied.iter().rev().find_map(|done| done.event);
            visitor.ask = visitor.ask.after(after);
            let names = names(&visitor, &picks).await;
            let done = Some(applied.applied.len());
            let not_done = applied.refused.into_iter().map(|refused| named(refused, &names)).collect();
            let review = written(&visitor, Picks { since: picks.since, ..Picks::default() }, None).await?;
            page(StatusCode::UNPROCESSABLE_ENTITY, &Proposal { done, not_done, ..review })
        }
        Err(problem) => {
            let status = problem.status();
            page(status, &written(&visitor, picks, Some(problem)).await?)
        }
    }
}

/// What was picked, one a candidate; what is no pick is left out.
fn chosen(picks: &[String]) -> Vec<(Uuid, Uuid)> {
    let pick = |text: &String| {
        let (candidate, liaison) = text.split_once(' ')?;
        Some((candidate.parse().ok()?, liaison.parse().ok()?))
    };
    picks.iter().filter_map(pick).collect()
}

async fn written(visitor: &Visitor, picks: Picks, problem: Option<Problem>) -> Result<Proposal, Fault> {
    let l = visitor.l;
    let answer: Answer = visitor.ask.search("/v1/liaison/proposals", &json!({})).await?;
    let reviewed: HashMap<Uuid, Uuid> = chosen(&picks.pick).into_iter().collect();
    let was_shown: Vec<Uuid> = picks.row.iter().filter_map(|id| id.parse().ok()).collect();
    let more = answer.assignments.len().saturating_sub(MOST_ROWS);
    let rows = answer.assignments.into_iter().take(MOST_ROWS).map(|of| {
        let chosen = match was_shown.contains(&of.candidate) {
            true => reviewed.get(&of.candidate).copied(),
            false => Some(of.liaison),
        };
        Row { why: why(&of.why, l), of, chosen }
    });
    // The form's key stays while the outcome is open.
    let kept = Uuid::try_parse(&picks.key).ok();
    let key = kept.filter(|_| problem.as_ref().is_some_and(|problem| problem.status >= 500));
    let without = answer.without.into_iter().map(|one| {
        let why = why_not(&one.why, l);
        (one, why)
    });
    Ok(Proposal {
        frame: visitor.frame(),
        l,
        today: visitor.me.today,
        key: key.unwrap_or_else(Uuid::now_v7),
        since: if picks.since.is_empty() { visitor.me.today.to_string() } else { picks.since },
        rows: rows.collect(),
        more,
        without: without.collect(),
        leaders_with_nobody: answer.leaders_with_nobody,
        problem,
        done: None,
        not_done: Vec::new(),
    })
}

/// The names of the rows that were shown, and those of the leaders.
async fn names(visitor: &Visitor, picks: &Picks) -> HashMap<Uuid, String> {
    let leaders: Result<Leaders, Fault> = visitor.ask.get("/v1/coverage/leaders").await;
    // What was done is told even when the names cannot be had.
    let leaders = leaders.unwrap_or_default().leaders.into_iter().map(|leader| (leader.id, leader.name));
    let rows = picks.row.iter().zip(&picks.name);
    let rows = rows.filter_map(|(id, name)| Some((id.parse().ok()?, name.clone())));
    leaders.chain(rows).filter(|(_, name)| !name.is_empty()).collect()
}

/// A row that was not done; whose name is not known is told by id.
fn named(refused: Refused, names: &HashMap<Uuid, String>) -> NotDone {
    let name = |id: &Uuid| names.get(id).cloned().unwrap_or_else(|| id.to_string());
    let (name, liaison_name) = (name(&refused.candidate), name(&refused.liaison));
    let Refused { candidate, detail, article, .. } = refused;
    NotDone { candidate, name, liaison_name, detail, article }
}

fn why(code: &str, l: Words) -> &'static str {
    match code {
        "own_branch" => l.say("本支部的领导", "leads their own branch"),
        "own_unit" => l.say("本单位的领导", "leads in their own unit"),
        "neighbouring" => l.say("同一上级的相邻单位", "leads in a neighbouring unit"),
        "helping_out" => {
            l.say("责任人名额已满，由其他可联系人员补充", "helps out, since those obliged are full")
        }
        _ => l.say("其他单位尚有名额", "leads elsewhere and has a place"),
    }
}

fn why_not(code: &str, l: Words) -> &'static str {
    match code {
        "no_leader" => l.say("没有可以担任联系人的领导", "nobody holds an office that may accompany"),
        "only_oneself" => l.say("只剩本人的名额", "the only free places are their own"),
        _ => {
            l.say("所有联系人都已达到政策规定的上限", "every leader has as many people as the policy allows")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_left_out_and_a_pick_that_is_none_choose_nobody() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let picks = [format!("{one} {two}"), String::new(), "nonsense".to_owned(), format!("{two} x")];
        assert_eq!(chosen(&picks), vec![(one, two)]);
    }
}

//! 待办: what the visitor has to do, soonest first, each with its reason one tap away.

use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use crate::Pages;
use crate::fault::Fault;
use crate::frame::{Frame, shown};
use crate::visitor::Visitor;
use crate::words::Words;

/// Duties of one page.
const ROWS: u32 = 100;

/// What was just saved, to be waited for and said; and where the page begins.
#[derive(Debug, Deserialize)]
struct Asked {
    after: Option<Uuid>,
    #[serde(default)]
    cursor: String,
}

#[derive(Debug, Default, Deserialize)]
struct Answer {
    items: Vec<Item>,
    next_cursor: Option<String>,
    total_count: usize,
    overdue_count: usize,
}

#[derive(Debug, Deserialize)]
struct Item {
    id: Uuid,
    kind: String,
    candidate: Uuid,
    opened_by: Uuid,
    since: Date,
    due_on: Date,
    article: String,
    state: String,
    overdue_days: Option<i64>,
    name: Option<String>,
    staff_number: Option<String>,
}

/// One duty as it is shown.
struct Duty {
    id: Uuid,
    kind: String,
    candidate: Uuid,
    opened_by: Uuid,
    due_on: Date,
    article: String,
    state: String,
    name: String,
    staff_number: String,
    standing: String,
    reason: String,
    is_talk: bool,
}

impl Duty {
    fn of(item: Item, l: Words) -> Self {
        let is_talk = matches!(item.kind.as_str(), "first_talk" | "next_talk");
        let standing = standing(&item, l);
        let reason = reason(&item, l);
        Self {
            id: item.id,
            kind: item.kind,
            candidate: item.candidate,
            opened_by: item.opened_by,
            due_on: item.due_on,
            article: item.article,
            state: item.state,
            name: item.name.unwrap_or_else(|| l.say("（未登记）", "(not registered)").to_owned()),
            staff_number: item.staff_number.unwrap_or_default(),
            standing,
            reason,
            is_talk,
        }
    }
}

#[derive(Template)]
#[template(path = "todo.html")]
struct Todo {
    frame: Frame,
    l: Words,
    today: Date,
    must_change_password: bool,
    may_read_pool: bool,
    said: Option<&'static str>,
    summary: String,
    duties: Vec<Duty>,
    /// Of this page, for its refreshes.
    address: String,
    is_first: bool,
    next: Option<String>,
}

pub(crate) fn routes() -> Router<Pages> {
    Router::new().route("/todo", get(todo))
}

async fn todo(visitor: Visitor, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let l = visitor.l;
    let ask = visitor.ask.clone().after(asked.after);
    // Whoever has nothing of their own (the operator) still gets a page.
    let limit = ROWS.to_string();
    let path = format!("/v1/todo{}", super::query(&[("limit", &limit), ("cursor", &asked.cursor)]));
    let answer = match super::taken(ask.get::<Answer>(&path).await.or_else(nothing_of_ones_own))? {
        Ok(answer) => answer,
        Err(problem) => return Err(Fault::Problem(Box::new(problem))),
    };
    let summary = match answer.overdue_count {
        0 => l.count("共 {} 项，没有逾期。", "{} in all, none overdue.", answer.total_count),
        overdue => {
            l.count("共 {} 项，", "{} in all, ", answer.total_count)
                + &l.count("其中 {} 项逾期。", "{} overdue.", overdue)
        }
    };
    shown(&Todo {
        frame: visitor.frame(),
        l,
        today: visitor.me.today,
        must_change_password: visitor.me.must_change_password,
        may_read_pool: visitor.me.may("pool.read"),
        said: asked.after.map(|_| l.say("已保存。", "Saved.")),
        summary,
        duties: answer.items.into_iter().map(|item| Duty::of(item, l)).collect(),
        address: at(&asked.cursor),
        is_first: asked.cursor.is_empty(),
        next: answer.next_cursor.map(|cursor| at(&cursor)),
    })
}

/// The address of the page behind a cursor.
fn at(cursor: &str) -> String {
    format!("/todo{}", super::query(&[("cursor", cursor)]))
}

fn nothing_of_ones_own(fault: Fault) -> Result<Answer, Fault> {
    match fault {
        Fault::Problem(problem) if problem.code() == "person_needed" => Ok(Answer::default()),
        other => Err(other),
    }
}

fn standing(item: &Item, l: Words) -> String {
    match (item.state.as_str(), item.overdue_days) {
        ("overdue", Some(days)) => l.count("逾期 {} 天", "{} days overdue", days),
        (state, _) => l.word("duty_state", state),
    }
}

fn reason(item: &Item, l: Words) -> String {
    let since = l.day(item.since);
    match item.kind.as_str() {
        "first_talk" => l.count(
            "{} 起由您联系，还没有谈过话。",
            "You have accompanied them since {} and have not talked yet.",
            since,
        ),
        "next_talk" => {
            l.count("上一次谈话是 {}，该再谈一次了。", "The last talk was on {}; the next one is due.", since)
        }
        "liaison_gap" => l.count("{} 起没有联系人。", "Nobody has accompanied them since {}.", since),
        "leader_with_nobody" => l.count(
            "{} 起担任应联系他人的职务，还没有联系对象。",
            "You have held an office that obliges you to accompany somebody since {}, and accompany nobody.",
            since,
        ),
        other => l.word("duty_kind", other),
    }
}

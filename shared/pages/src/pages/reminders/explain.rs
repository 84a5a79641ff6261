//! 追溯: every duty about one person, every rung, and the one reason why somebody was told or was not.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use super::{Listed, named};
use crate::fault::Fault;
use crate::frame::{Frame, shown};
use crate::visitor::Visitor;
use crate::words::Words;

#[derive(Debug, Deserialize)]
struct Head {
    record: Record,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Record {
    name: Option<String>,
    staff_number: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Duty {
    kind: String,
    article: String,
    opened_by: Uuid,
    anchor: Date,
    known_on: Date,
    due_on: Date,
    state: State,
    closed_by: Option<Uuid>,
    rungs: Vec<Rung>,
}

/// Where a duty stands; days only where they count.
#[derive(Debug, Deserialize)]
struct State {
    state: String,
    days: Option<u32>,
}

#[derive(Debug, Deserialize)]
struct Rung {
    rung: String,
    day: Date,
    is_calendar_known: bool,
    told: Vec<Told>,
}

/// Somebody with the one reason, and the facts that it has.
#[derive(Debug, Deserialize)]
struct Told {
    addressee_name: Option<String>,
    addressee: Option<Uuid>,
    reason: String,
    reminder: Option<Uuid>,
    day: Option<Date>,
    on: Option<Date>,
    failure: Option<String>,
    rung: Option<String>,
    #[serde(default)]
    possible_double: bool,
}

/// A duty as it is shown.
struct Card {
    duty: Duty,
    standing: String,
    lines: Vec<Line>,
}

/// A rung and one to whom it speaks.
struct Line {
    day: Date,
    is_calendar_known: bool,
    rung: String,
    who: String,
    because: String,
    colour: &'static str,
    reminder: Option<Uuid>,
}

#[derive(Template)]
#[template(path = "reminders_of.html")]
struct Explained {
    frame: Frame,
    l: Words,
    person: Uuid,
    name: String,
    staff_number: String,
    cards: Vec<Card>,
}

pub(super) async fn explain(visitor: Visitor, Path(person): Path<Uuid>) -> Result<Response, Fault> {
    let l = visitor.l;
    let answer: Listed<Duty> = visitor.ask.get(&format!("/v1/reminders/explain?person={person}")).await?;
    let head: Head = visitor.ask.get(&format!("/v1/persons/{person}")).await?;
    shown(&Explained {
        frame: visitor.frame(),
        l,
        person,
        name: named(head.record.name, l),
        staff_number: head.record.staff_number.unwrap_or_default(),
        cards: answer.items.into_iter().map(|duty| card(duty, l)).collect(),
    })
}

fn card(duty: Duty, l: Words) -> Card {
    let standing = match duty.state.days {
        Some(days) => l.count("逾期 {} 天", "{} days overdue", days),
        None => l.word("duty_state", &duty.state.state),
    };
    let lines = duty.rungs.iter().flat_map(|rung| rung.told.iter().map(|told| line(rung, told, l)));
    let lines = lines.collect();
    Card { duty, standing, lines }
}

fn line(rung: &Rung, told: &Told, l: Words) -> Line {
    let who = match told.addressee {
        Some(_) => named(told.addressee_name.clone(), l),
        None => "—".to_owned(),
    };
    Line {
        day: rung.day,
        is_calendar_known: rung.is_calendar_known,
        rung: l.word("rung", &rung.rung),
        who,
        because: because(told, l),
        colour: colour(&told.reason),
        reminder: told.reminder,
    }
}

/// The reason with its facts, in one line.
fn because(told: &Told, l: Words) -> String {
    let mut parts = vec![l.word("told_because", &told.reason)];
    parts.extend(told.day.or(told.on).map(|day| day.to_string()));
    parts.extend(told.failure.as_ref().map(|failure| l.word("reminder_failure", failure)));
    parts.extend(told.rung.as_ref().map(|rung| l.word("rung", rung)));
    if told.possible_double {
        parts.push(l.say("可能重复发送", "may have gone out twice").to_owned());
    }
    parts.join(" · ")
}

fn colour(reason: &str) -> &'static str {
    match reason {
        "sent" | "met" => "good",
        "not_delivered" | "nobody_left" => "bad",
        "held_after_restore" | "goes_out" | "being_sent" => "warn",
        _ => "",
    }
}

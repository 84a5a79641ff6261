//! The picture of one organisation on one day: numbers by what is below it, leaders and their people.

use askama::Template;
use axum::body::Body;
use axum::extract::Query;
use axum::http::Method;
use axum::response::Response;
use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use super::{Asked, STANDINGS, Standing};
use crate::beside::Beside;
use crate::fault::{Fault, Problem};
use crate::frame::{Frame, page};
use crate::pages::taken;
use crate::visitor::Visitor;
use crate::words::Words;

#[derive(Debug, Deserialize)]
struct Answer {
    as_of: Date,
    path: Vec<Part>,
    totals: Counts,
    children: Vec<Child>,
    leaders: Vec<Leader>,
    leaders_with_nobody: Vec<Leader>,
    nobody: Vec<Person>,
    left_off: i64,
}

#[derive(Debug, Deserialize)]
struct Part {
    id: Uuid,
    name: String,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Counts {
    pool: i64,
    talked: i64,
    due_soon: i64,
    overdue: i64,
    never: i64,
    never_past_due: i64,
    nobody: i64,
}

#[derive(Debug, Deserialize)]
struct Child {
    id: Option<Uuid>,
    name: Option<String>,
    counts: Counts,
}

#[derive(Debug, Deserialize)]
struct Leader {
    id: Uuid,
    name: String,
    staff_number: String,
    organisation: Option<String>,
    title: Option<String>,
    load: i64,
    people: Vec<Person>,
}

#[derive(Debug, Clone, Deserialize)]
struct Person {
    id: Uuid,
    name: String,
    staff_number: String,
    unit: String,
    room: String,
    standing: String,
    since: Date,
    last_talk: Option<Date>,
    due_on: Date,
    days: Option<u32>,
}

impl Counts {
    fn of(&self, standing: &Standing) -> i64 {
        match standing.code {
            "talked" => self.talked,
            "due_soon" => self.due_soon,
            "overdue" => self.overdue,
            "never" => self.never,
            _ => self.nobody,
        }
    }
}

/// A number with the list behind it.
struct Cell {
    standing: Standing,
    number: i64,
    href: String,
    /// Of those never talked with, those past due.
    past_due: i64,
}

/// A part of the bar: where it begins and how wide it is, of 1000.
struct Piece {
    code: &'static str,
    x: i64,
    width: i64,
}

/// One organisation of the table.
struct Line {
    name: String,
    href: Option<String>,
    pool: i64,
    cells: Vec<Cell>,
    bar: Vec<Piece>,
}

/// One of the people listed, beside who accompanies them.
struct Listed {
    person: Shown,
    liaison: Option<(Uuid, String)>,
}

/// Somebody as they are shown.
struct Shown {
    who: Person,
    standing: Standing,
    /// The word, and how long past due.
    word: String,
}

/// A leader's row of the matrix.
struct Row {
    leader: Leader,
    people: Vec<Shown>,
}

#[derive(Template)]
#[template(path = "coverage.html")]
struct Picture {
    frame: Frame,
    l: Words,
    day: Date,
    today: Date,
    typed: String,
    said: Option<&'static str>,
    fault: Option<String>,
    asked: Asked,
    path: Vec<(String, Option<String>)>,
    totals: Line,
    lines: Vec<Line>,
    /// The list that was asked for by a standing.
    list: Option<(Standing, Vec<Listed>)>,
    rows: Vec<Row>,
    nobody: Vec<Shown>,
    leaders_with_nobody: Vec<Leader>,
    left_off: i64,
    may_assign: bool,
    everywhere: String,
    gaps: String,
    export: String,
}

pub(super) async fn show(visitor: Visitor, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let ask = visitor.ask.clone().after(asked.after);
    // A day that is none is refused by the interface like any other, and the page still shows today.
    let typed = asked.as_of.clone().unwrap_or_default();
    let unfit = asked.as_of.is_some() && asked.day().is_none();
    let problem = if unfit {
        let answer = ask.get::<Answer>("/v1/coverage/matrix?as_of=unfit").await;
        taken(answer)?.err()
    } else {
        None
    };
    let answer: Answer = ask.get(&asked.at("/v1/coverage/matrix")).await?;
    let status = problem.as_ref().map_or(axum::http::StatusCode::OK, Problem::status);
    page(status, &written(&visitor, asked, answer, typed, problem))
}

/// The same as a workbook.
pub(super) async fn export(visitor: Visitor, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let path = asked.at("/v1/coverage/export");
    let answer = visitor.ask.send(Method::GET, &path, None, &[], Body::empty()).await?;
    Ok(crate::pages::download(answer))
}

fn written(
    visitor: &Visitor,
    asked: Asked,
    answer: Answer,
    typed: String,
    problem: Option<Problem>,
) -> Picture {
    let l = visitor.l;
    let standing = asked.standing.as_deref().and_then(Standing::of);
    let everybody = Asked { standing: None, after: None, ..asked.clone() };
    let here = answer.path.last().map(|part| part.name.clone());
    let totals = line(&everybody, here.unwrap_or_default(), None, answer.totals);
    let lines = answer.children.into_iter().map(|child| {
        let organisation = child.id.map(|id| id.to_string());
        let below = Asked { organisation: organisation.clone(), ..everybody.clone() };
        let name = child
            .name
            .unwrap_or_else(|| l.say("直属或未归入下级组织", "directly, or in none of these").to_owned());
        let href = organisation.map(|_| below.at("/coverage"));
        // Those who belong to none below are found among the people of the whole.
        line(if href.is_some() { &below } else { &everybody }, name, href, child.counts)
    });
    let lines = lines.collect();
    let path = path(&everybody, answer.path);
    let nobody: Vec<Shown> = answer.nobody.into_iter().map(|person| shown(person, l)).collect();
    let (list, rows, nobody) = match standing {
        Some(standing) => (Some((standing, listed(answer.leaders, nobody, l))), Vec::new(), Vec::new()),
        None => (None, answer.leaders.into_iter().map(|leader| row(leader, l)).collect(), nobody),
    };
    Picture {
        frame: visitor.frame(),
        l,
        day: answer.as_of,
        today: visitor.me.today,
        typed: if typed.is_empty() { answer.as_of.to_string() } else { typed },
        said: asked.after.map(|_| l.say("已保存。", "Saved.")),
        fault: problem.map(|problem| Beside::of(Some(&problem), l).text),
        path,
        totals,
        lines,
        list,
        rows,
        nobody,
        leaders_with_nobody: answer.leaders_with_nobody,
        left_off: answer.left_off,
        may_assign: visitor.me.may("liaison.assign"),
        everywhere: everybody.at("/coverage"),
        gaps: Asked { organisation: None, ..everybody }.at("/coverage/gaps"),
        export: asked.at("/coverage/export"),
        asked,
    }
}

/// The way down from the university; the last part is where one is.
fn path(everybody: &Asked, parts: Vec<Part>) -> Vec<(String, Option<String>)> {
    let last = parts.len().saturating_sub(1);
    let step = |(index, part): (usize, Part)| {
        let organisation = (index > 0).then(|| part.id.to_string());
        let above = Asked { organisation, ..everybody.clone() }.at("/coverage");
        (part.name, (index < last).then_some(above))
    };
    parts.into_iter().enumerate().map(step).collect()
}

fn line(of: &Asked, name: String, href: Option<String>, counts: Counts) -> Line {
    let cells = STANDINGS.into_iter().map(|standing| Cell {
        standing,
        number: counts.of(&standing),
        href: Asked { standing: Some(standing.code.to_owned()), ..of.clone() }.at("/coverage"),
        past_due: if standing.code == "never" { counts.never_past_due } else { 0 },
    });
    Line { name, href, pool: counts.pool, cells: cells.collect(), bar: bar(&counts) }
}

fn bar(counts: &Counts) -> Vec<Piece> {
    let mut before = 0;
    let at = |people: i64| people * 1000 / counts.pool.max(1);
    let mut pieces = Vec::new();
    for standing in STANDINGS {
        let (from, to) = (at(before), at(before + counts.of(&standing)));
        before += counts.of(&standing);
        if from < to {
            pieces.push(Piece { code: standing.code, x: from, width: to - from });
        }
    }
    pieces
}

fn row(mut leader: Leader, l: Words) -> Row {
    let mut people: Vec<Shown> =
        std::mem::take(&mut leader.people).into_iter().map(|one| shown(one, l)).collect();
    people.sort_by_key(|one| one.who.due_on);
    Row { leader, people }
}

fn shown(who: Person, l: Words) -> Shown {
    let standing = Standing::of(&who.standing).unwrap_or(STANDINGS[0]);
    let late = who.days.map(|days| l.count("逾期 {} 天", "{} days overdue", days));
    let word = match (standing.code, late) {
        ("overdue", Some(late)) => late,
        ("nobody", _) => l.count("{} 起没有联系人", "no liaison since {}", who.since),
        (_, Some(late)) => format!("{} · {late}", standing.word(l)),
        (_, None) => standing.word(l).to_owned(),
    };
    Shown { who, standing, word }
}

/// Everybody listed, most pressing first.
fn listed(leaders: Vec<Leader>, nobody: Vec<Shown>, l: Words) -> Vec<Listed> {
    let mut listed: Vec<Listed> = nobody.into_iter().map(|person| Listed { person, liaison: None }).collect();
    for leader in leaders {
        let liaison = (leader.id, leader.name.clone());
        let people = row(leader, l).people.into_iter();
        listed.extend(people.map(|person| Listed { person, liaison: Some(liaison.clone()) }));
    }
    listed.sort_by_key(|one| (one.person.who.due_on, one.person.who.id));
    listed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_of_a_bar_fill_it_whatever_is_rounded() {
        let counts =
            Counts { pool: 7, talked: 1, due_soon: 1, overdue: 2, never: 1, never_past_due: 1, nobody: 2 };
        let pieces = bar(&counts);
        assert_eq!(pieces.iter().map(|piece| piece.width).sum::<i64>(), 1000);
        assert!(pieces.windows(2).all(|two| two[0].x + two[0].width == two[1].x));
        let empty =
            Counts { pool: 0, talked: 0, due_soon: 0, overdue: 0, never: 0, never_past_due: 0, nobody: 0 };
        assert!(bar(&empty).is_empty());
    }
}

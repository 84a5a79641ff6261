//! 党内联系人: assigned, handed over or ended; who could is listed with their load, best first.

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum_extra::extract::Form;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::taken;
use crate::Pages;
use crate::ask::Done;
use crate::beside::Beside;
use crate::dossier::Dossier;
use crate::fault::{Fault, Problem};
use crate::frame::{Frame, page};
use crate::visitor::Visitor;
use crate::words::Words;

/// Why an assignment ends without a successor, as people choose it.
const REASONS: [&str; 2] = ["office_ended", "unavailable"];

/// The form as it was sent; of the page's forms, `act` says which.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    key: String,
    seen: String,
    act: String,
    liaison: String,
    on: String,
    reason: String,
}

/// The present assignment.
#[derive(Debug, Deserialize)]
struct Candidate {
    version: i64,
    liaison: Option<Uuid>,
    liaison_since: Option<Date>,
}

/// Who could accompany people.
#[derive(Debug, Deserialize)]
struct Leaders {
    leaders: Vec<Leader>,
}

#[derive(Debug, Deserialize)]
struct Leader {
    id: Uuid,
    name: String,
    unit: String,
    organisation: Option<String>,
    title: Option<String>,
    obliged: bool,
    load: i64,
}

/// One leader to choose.
struct Choice {
    id: Uuid,
    text: String,
    is_near: bool,
}

#[derive(Template)]
#[template(path = "liaison.html")]
struct Page {
    frame: Frame,
    l: Words,
    today: Date,
    person: Uuid,
    name: String,
    staff_number: String,
    unit: String,
    /// Who accompanies them, in which office, since when.
    present: Option<(String, String, Option<Date>)>,
    in_pool: bool,
    choices: Vec<Choice>,
    reasons: &'static [&'static str],
    key: Uuid,
    typed: Typed,
    beside: Beside,
    refused: Option<String>,
    meanwhile: Vec<String>,
}

impl Typed {
    /// Address and body of the command, and whether it rests on what was seen.
    fn command(&self, person: Uuid) -> (String, Value, bool) {
        let assign = format!("/v1/candidates/{person}/liaison");
        let mut body = json!({});
        if !self.on.is_empty() {
            body[if self.act == "assign" { "since" } else { "on" }] = json!(self.on);
        }
        match self.act.as_str() {
            "assign" => {
                body["liaison"] = json!(self.liaison);
                (assign, body, false)
            }
            "hand_over" => {
                body["reason"] = json!("hand_over");
                body["successor"] = json!(self.liaison);
                (assign + "/end", body, true)
            }
            _ => {
                body["reason"] = json!(self.reason);
                (assign + "/end", body, true)
            }
        }
    }
}

pub(crate) fn routes() -> Router<Pages> {
    Router::new().route("/people/{person}/liaison", get(form).post(change))
}

async fn form(visitor: Visitor, Path(person): Path<Uuid>) -> Result<Response, Fault> {
    let shown = written(&visitor, person, Typed::default()).await?;
    page(StatusCode::OK, &shown)
}

async fn change(
    visitor: Visitor,
    Path(person): Path<Uuid>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let l = visitor.l;
    let key = Uuid::try_parse(&typed.key).unwrap_or_else(|_| Uuid::now_v7());
    let version = typed.seen.parse().unwrap_or(0);
    let (path, body, rests_on_seen) = typed.command(person);
    let answer = visitor.ask.command::<Done>(&path, key, rests_on_seen.then_some(version), &body).await;
    let problem = match taken(answer)? {
        Ok(done) => {
            let to = super::saved(&format!("/people/{person}"), &done);
            return Ok(Redirect::to(&to).into_response());
        }
        Err(problem) => problem,
    };
    let mut meanwhile = Vec::new();
    if problem.is_stale() {
        meanwhile = Dossier::of(&visitor.ask, person).await?.since("candidate", version, l);
    }
    let mut beside = Beside::of(Some(&problem), l);
    if beside.at("successor") {
        beside = Beside::found("liaison", &beside.text);
    }
    if beside.at("since") {
        beside = Beside::found("on", &beside.text);
    }
    let twice = l.say(
        "这张表单已经保存过了，没有重复保存。下面是现在的情况。",
        "This form was saved before; it was not saved twice. Below is how things stand now.",
    );
    let refused = super::refused_beside(&meanwhile, &problem, &beside, twice, l);
    let shown = written(&visitor, person, typed).await?;
    let key = if problem.status >= 500 { key } else { shown.key };
    page(problem.status(), &Page { key, beside, refused, meanwhile, ..shown })
}

async fn written(visitor: &Visitor, person: Uuid, mut typed: Typed) -> Result<Page, Fault> {
    let l = visitor.l;
    if !visitor.me.may("liaison.assign") {
        return Err(Fault::Problem(Box::new(Problem::not_allowed(l))));
    }
    // What the form rests on is read first: whatever is shown below is at least as new.
    let candidate: Candidate = visitor.ask.get(&format!("/v1/candidates/{person}")).await?;
    let Leaders { leaders } = visitor.ask.get("/v1/coverage/leaders").await?;
    let dossier = Dossier::of(&visitor.ask, person).await?;
    let present = candidate.liaison.map(|liaison| {
        let office = dossier.head.liaison.as_ref().filter(|shown| shown.person == liaison);
        let office = office.map(|office| dossier.office(office, l)).unwrap_or_default();
        let known = leaders.iter().find(|leader| leader.id == liaison).map(|leader| leader.name.clone());
        let name = known.unwrap_or_else(|| dossier.name(&liaison).to_owned());
        (name, office, candidate.liaison_since)
    });
    typed.seen = candidate.version.to_string();
    if typed.on.is_empty() {
        typed.on = visitor.me.today.to_string();
    }
    Ok(Page {
        frame: visitor.frame(),
        l,
        today: visitor.me.today,
        person,
        name: dossier.head.name.clone(),
        staff_number: dossier.head.staff_number.clone(),
        unit: dossier.head.unit.clone(),
        present,
        in_pool: dossier.head.in_pool_since.is_some(),
        choices: choices(leaders, &dossier, candidate.liaison, l),
        reasons: &REASONS,
        key: Uuid::now_v7(),
        typed,
        beside: Beside::default(),
        refused: None,
        meanwhile: Vec::new(),
    })
}

/// Who could: of the same unit first, then who is obliged and accompanies nobody, then the least load.
fn choices(leaders: Vec<Leader>, dossier: &Dossier, present: Option<Uuid>, l: Words) -> Vec<Choice> {
    let unit = &dossier.head.unit;
    let mut fit: Vec<Leader> = leaders
        .into_iter()
        .filter(|leader| leader.title.is_some() && leader.id != dossier.person && Some(leader.id) != present)
        .collect();
    fit.sort_by_key(|leader| (leader.unit != *unit, !(leader.obliged && leader.load == 0), leader.load));
    let choices = fit.into_iter().map(|leader| Choice {
        id: leader.id,
        is_near: leader.unit == *unit,
        text: format!(
            "{} · {} {} · {}",
            leader.name,
            leader.organisation.unwrap_or_default(),
            leader.title.unwrap_or_default(),
            l.count("现联系 {} 人", "accompanies {}", leader.load)
        ),
    });
    choices.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_the_forms_becomes_its_own_command() {
        let person = Uuid::nil();
        let typed = |act: &str| Typed {
            act: act.to_owned(),
            liaison: "x".to_owned(),
            on: "2026-11-24".to_owned(),
            reason: "unavailable".to_owned(),
            ..Typed::default()
        };
        let (path, body, rests) = typed("assign").command(person);
        assert!(path.ends_with("/liaison") && !rests);
        assert_eq!(body, json!({ "liaison": "x", "since": "2026-11-24" }));
        let (path, body, rests) = typed("hand_over").command(person);
        assert!(path.ends_with("/liaison/end") && rests);
        assert_eq!(body, json!({ "successor": "x", "on": "2026-11-24", "reason": "hand_over" }));
        assert_eq!(typed("end").command(person).1, json!({ "reason": "unavailable", "on": "2026-11-24" }));
    }
}

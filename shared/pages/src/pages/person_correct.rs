//! 更正信息: first which field, then its right value and why; from then on no roster overwrites it.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum_extra::extract::Form;
use serde::Deserialize;
use serde_json::json;
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

/// The fields in the order in which people look for them; the staff number is what a person is known by.
const FIELDS: [&str; 17] = [
    "name",
    "sex",
    "born_on",
    "ethnicity",
    "education",
    "degree",
    "title",
    "unit",
    "room",
    "political_status",
    "talent",
    "overseas",
    "joined_on",
    "phone",
    "email",
    "remark",
    "key_group",
];

/// The values of a field that is one of few, as they are kept.
fn choices(field: &str) -> &'static [&'static str] {
    match field {
        "key_group" => &["是", "否"],
        "sex" => &["男", "女"],
        _ => &[],
    }
}

/// A value as the reader says it.
fn said(field: &str, value: &str, l: Words) -> String {
    match field {
        "key_group" => l.word("yes_no", value),
        "sex" => l.word("sex", value),
        _ => value.to_owned(),
    }
}

/// Which field is to be corrected.
#[derive(Debug, Deserialize)]
struct Which {
    field: Option<String>,
}

/// The form as it was sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    key: String,
    seen: String,
    field: String,
    value: String,
    reason: String,
}

/// What is known of them.
#[derive(Debug, Deserialize)]
struct Known {
    version: i64,
    record: BTreeMap<String, String>,
    key_group: Option<bool>,
}

impl Known {
    /// The present value of a field as people write it.
    fn value(&self, field: &str) -> String {
        match (field, self.key_group) {
            ("key_group", Some(true)) => "是".to_owned(),
            ("key_group", Some(false)) => "否".to_owned(),
            _ => self.record.get(field).cloned().unwrap_or_default(),
        }
    }
}

#[derive(Template)]
#[template(path = "person_correct.html")]
struct Correct {
    frame: Frame,
    l: Words,
    person: Uuid,
    name: String,
    staff_number: String,
    /// Every field with its value, to choose from.
    fields: Vec<(&'static str, String)>,
    /// The chosen field and its present value.
    chosen: Option<(&'static str, String)>,
    /// What there is to choose from, as it is kept and as it is shown.
    choices: Vec<(&'static str, String)>,
    is_day: bool,
    key: Uuid,
    typed: Typed,
    beside: Beside,
    refused: Option<String>,
    meanwhile: Vec<String>,
}

pub(crate) fn routes() -> Router<Pages> {
    Router::new().route("/people/{person}/correct", get(form).post(correct))
}

async fn form(
    visitor: Visitor,
    Path(person): Path<Uuid>,
    Query(which): Query<Which>,
) -> Result<Response, Fault> {
    let known: Known = visitor.ask.get(&format!("/v1/persons/{person}")).await?;
    let field = which.field.unwrap_or_default();
    let typed =
        Typed { seen: known.version.to_string(), value: known.value(&field), field, ..Typed::default() };
    page(StatusCode::OK, &correction(&visitor, person, &known, typed)?)
}

async fn correct(
    visitor: Visitor,
    Path(person): Path<Uuid>,
    Form(mut typed): Form<Typed>,
) -> Result<Response, Fault> {
    let l = visitor.l;
    let key = Uuid::try_parse(&typed.key).unwrap_or_else(|_| Uuid::now_v7());
    let version = typed.seen.parse().unwrap_or(0);
    let body = json!({ "field": typed.field, "value": typed.value.trim(), "reason": typed.reason });
    let path = format!("/v1/persons/{person}/corrections");
    let answer = visitor.ask.command::<Done>(&path, key, Some(version), &body).await;
    let problem = match taken(answer)? {
        Ok(done) => {
            let to = super::saved(&format!("/people/{person}"), &done);
            return Ok(Redirect::to(&to).into_response());
        }
        Err(problem) => problem,
    };
    let known: Known = visitor.ask.get(&format!("/v1/persons/{person}")).await?;
    let mut meanwhile = Vec::new();
    if problem.is_stale() {
        meanwhile = Dossier::of(&visitor.ask, person).await?.since("person", version, l);
        typed.seen = known.version.to_string();
    }
    let beside = Beside::of(Some(&problem), l);
    let twice = l.say(
        "这次更正已经保存过了，没有重复保存。",
        "This correction was saved before; it was not saved twice.",
    );
    let refused = super::refused_beside(&meanwhile, &problem, &beside, twice, l);
    let shown = correction(&visitor, person, &known, typed)?;
    let key = if problem.status >= 500 { key } else { shown.key };
    page(problem.status(), &Correct { key, beside, refused, meanwhile, ..shown })
}

fn correction(visitor: &Visitor, person: Uuid, known: &Known, typed: Typed) -> Result<Correct, Fault> {
    if !visitor.me.may("person.correct") {
        return Err(Fault::Problem(Box::new(Problem::not_allowed(visitor.l))));
    }
    let l = visitor.l;
    let fields: Vec<(&'static str, String)> =
        FIELDS.iter().map(|field| (*field, said(field, &known.value(field), l))).collect();
    let chosen = fields.iter().find(|(field, _)| *field == typed.field).cloned();
    Ok(Correct {
        frame: visitor.frame(),
        l,
        person,
        name: known.value("name"),
        staff_number: known.value("staff_number"),
        fields,
        choices: choices(&typed.field).iter().map(|word| (*word, said(&typed.field, word, l))).collect(),
        is_day: matches!(typed.field.as_str(), "born_on" | "joined_on"),
        chosen,
        key: Uuid::now_v7(),
        typed,
        beside: Beside::default(),
        refused: None,
        meanwhile: Vec::new(),
    })
}

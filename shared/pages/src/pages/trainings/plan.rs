//! 开班: a class is planned.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Items, hours_unfit, next_key, typed_hours};
use crate::ask::Done;
use crate::beside::Beside;
use crate::fault::Fault;
use crate::frame::{Frame, page};
use crate::pages::saved;
use crate::visitor::Visitor;
use crate::words::Words;

const FORMS: [&str; 6] =
    ["concentrated_training", "theory_study", "symposium", "lecture", "party_activity", "themed_practice"];

/// The form as it was sent; everything is text, so that whatever was typed comes back.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Plan {
    key: String,
    title: String,
    organisation: String,
    form: String,
    from: String,
    to: String,
    hours: String,
    places: String,
}

/// What is wrong, and beside which field.
struct PlanFault {
    field: &'static str,
    text: String,
    status: StatusCode,
    key: Uuid,
}

impl PlanFault {
    fn at(field: &'static str, text: impl Into<String>) -> Self {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self { field, text: text.into(), status, key: Uuid::now_v7() }
    }
}

#[derive(Debug, Deserialize)]
struct Organisation {
    id: Uuid,
    number: String,
    name: String,
}

#[derive(Template)]
#[template(path = "training_new.html")]
struct NewClass {
    frame: Frame,
    l: Words,
    key: Uuid,
    form: Plan,
    forms: [&'static str; 6],
    organisations: Vec<(String, String, bool)>,
    beside: Beside,
}

pub(super) async fn form(visitor: Visitor) -> Result<Response, Fault> {
    let own = visitor.me.offices.first().map(|office| office.organisation.to_string());
    let form = Plan { organisation: own.unwrap_or_default(), form: FORMS[0].to_owned(), ..Plan::default() };
    written(&visitor, form, None).await
}

pub(super) async fn plan(visitor: Visitor, Form(form): Form<Plan>) -> Result<Response, Fault> {
    let key = Uuid::try_parse(&form.key).unwrap_or_else(|_| Uuid::now_v7());
    let body = match body(&form, visitor.l) {
        Ok(body) => body,
        Err(fault) => return written(&visitor, form, Some(fault)).await,
    };
    match visitor.ask.command::<Done>("/v1/trainings", key, None, &body).await {
        Ok(done) => {
            let path = saved(&format!("/trainings/{}", done.id), &done);
            Ok(Redirect::to(&path).into_response())
        }
        Err(Fault::Problem(problem)) if problem.status == 404 => {
            let text = visitor.l.say(
                "您只能为自己负责的组织及其下级开班。",
                "You plan classes for the organisation that you answer for, and those below it.",
            );
            written(&visitor, form, Some(PlanFault::at("organisation", text))).await
        }
        Err(fault) => {
            let problem = fault.beside_the_form()?;
            let field = match problem.code() {
                "training_days_reversed" => "to",
                "training_hours_missing" => "hours",
                _ => "",
            };
            let key = next_key(key, &problem);
            let fault = PlanFault { field, status: problem.status(), key, text: problem.detail };
            written(&visitor, form, Some(fault)).await
        }
    }
}

/// As the interface wants it; what no number, day or choice is, is told here beside its field.
fn body(form: &Plan, l: Words) -> Result<Value, PlanFault> {
    let title = form.title.trim();
    if title.is_empty() || title.chars().count() > 100 {
        let text = l.say("请填写名称，不超过 100 字。", "Give it a title of 100 characters at most.");
        return Err(PlanFault::at("title", text));
    }
    if Uuid::try_parse(&form.organisation).is_err() {
        return Err(PlanFault::at("organisation", l.say("请选择主办组织。", "Choose who holds it.")));
    }
    for (field, text) in [("from", &form.from), ("to", &form.to)] {
        if text.parse::<jiff::civil::Date>().is_err() {
            let text = l.say("请填写日期，如 2026-12-01。", "Give a day, such as 2026-12-01.");
            return Err(PlanFault::at(field, text));
        }
    }
    let hours = typed_hours(&form.hours).ok_or_else(|| PlanFault::at("hours", hours_unfit(l)))?;
    let mut body = json!({
        "title": title, "organisation": form.organisation, "form": form.form,
        "from": form.from, "to": form.to, "hours": hours,
    });
    if !form.places.trim().is_empty() {
        let places: u32 = form.places.trim().parse().map_err(|_| {
            PlanFault::at(
                "places",
                l.say("名额请填整数，不限就留空。", "Places are a whole number; empty for no limit."),
            )
        })?;
        body["places"] = json!(places);
    }
    Ok(body)
}

async fn written(visitor: &Visitor, form: Plan, fault: Option<PlanFault>) -> Result<Response, Fault> {
    let all: Items<Organisation> = visitor.ask.get("/v1/organisations").await?;
    let mut organisations = all.items;
    organisations.sort_by(|one, other| one.number.cmp(&other.number));
    let chosen = |organisation: Organisation| {
        let id = organisation.id.to_string();
        let is_chosen = id == form.organisation;
        (id, organisation.name, is_chosen)
    };
    let organisations = organisations.into_iter().map(chosen).collect();
    let PlanFault { field, text, status, key } = fault.unwrap_or_else(|| PlanFault {
        field: "",
        text: String::new(),
        status: StatusCode::OK,
        key: Uuid::now_v7(),
    });
    page(
        status,
        &NewClass {
            frame: visitor.frame(),
            l: visitor.l,
            key,
            form,
            forms: FORMS,
            organisations,
            beside: Beside::found(field, &text),
        },
    )
}

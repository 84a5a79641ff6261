//! 记录谈话: in place in the list, or as a page of its own; what was typed survives whatever fails.

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum_extra::extract::Form;
use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use super::taken;
use super::talk_form::{FORMS, TalkForm};
use crate::Pages;
use crate::ask::Done;
use crate::beside::Beside;
use crate::fault::{Fault, Problem};
use crate::frame::{Frame, page};
use crate::visitor::Visitor;
use crate::words::Words;

#[derive(Template)]
#[template(path = "talk.html")]
struct Talk {
    frame: Frame,
    l: Words,
    candidate: Uuid,
    name: String,
    staff_number: String,
    unit: Option<String>,
    today: Date,
    key: Uuid,
    form: TalkForm,
    forms: &'static [&'static str],
    topics: Vec<(String, bool)>,
    problem: Option<Problem>,
    beside: Beside,
    /// The same was sent before: what stands on record stays.
    said_twice: bool,
}

/// Whose talk it is.
#[derive(Debug, Deserialize)]
struct Candidate {
    record: Known,
}

/// What is known of them; what is empty is absent.
#[derive(Debug, Deserialize)]
struct Known {
    name: Option<String>,
    staff_number: Option<String>,
    unit: Option<String>,
}

pub(crate) fn routes() -> Router<Pages> {
    Router::new().route("/people/{person}/talks/new", get(form).post(record))
}

async fn form(visitor: Visitor, Path(candidate): Path<Uuid>) -> Result<Response, Fault> {
    let form = TalkForm::new(visitor.me.today);
    written(&visitor, candidate, form, None).await
}

async fn record(
    visitor: Visitor,
    Path(candidate): Path<Uuid>,
    headers: HeaderMap,
    Form(form): Form<TalkForm>,
) -> Result<Response, Fault> {
    let key = Uuid::try_parse(&form.key).unwrap_or_else(|_| Uuid::now_v7());
    let path = format!("/v1/candidates/{candidate}/talks");
    let answer = visitor.ask.command::<Done>(&path, key, None, &form.body()).await;
    match taken(answer)? {
        Ok(done) => Ok(gone_to(&headers, &super::saved("/todo", &done))),
        Err(problem) => written(&visitor, candidate, form, Some(problem)).await,
    }
}

/// Leads to another page; htmx would otherwise fetch it into the place of the form.
fn gone_to(headers: &HeaderMap, path: &str) -> Response {
    match HeaderValue::from_str(path) {
        Ok(value) if headers.contains_key("hx-request") => {
            (StatusCode::NO_CONTENT, [("hx-redirect", value)]).into_response()
        }
        _ => Redirect::to(path).into_response(),
    }
}

async fn written(
    visitor: &Visitor,
    candidate: Uuid,
    form: TalkForm,
    problem: Option<Problem>,
) -> Result<Response, Fault> {
    let Candidate { record: who } = visitor.ask.get(&format!("/v1/persons/{candidate}")).await?;
    let key = form_key(&form, problem.as_ref());
    let topics = form.choices();
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status);
    page(
        status,
        &Talk {
            frame: visitor.frame(),
            l: visitor.l,
            candidate,
            name: who.name.unwrap_or_default(),
            staff_number: who.staff_number.unwrap_or_default(),
            unit: who.unit,
            today: visitor.me.today,
            key,
            form,
            forms: &FORMS,
            topics,
            beside: Beside::of(problem.as_ref(), visitor.l),
            said_twice: problem.as_ref().is_some_and(is_known),
            problem,
        },
    )
}

/// Whether the talk is on record already: under the same key, or word by word.
fn is_known(problem: &Problem) -> bool {
    matches!(problem.code(), "idempotency_key_reused" | "talk_already_recorded")
}

/// The form's key stays while the outcome is open, and when it was used: what was saved is not saved again under
/// another. What a rule refused was not done and gets a new one.
fn form_key(form: &TalkForm, problem: Option<&Problem>) -> Uuid {
    let kept = Uuid::try_parse(&form.key).ok();
    let stays = problem.is_some_and(|problem| problem.status >= 500 || is_known(problem));
    kept.filter(|_| stays).unwrap_or_else(Uuid::now_v7)
}

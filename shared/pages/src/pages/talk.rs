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
use serde_json::{Value, json};
use uuid::Uuid;

use super::taken;
use crate::Pages;
use crate::ask::Done;
use crate::fault::{Fault, Problem};
use crate::frame::{Frame, page};
use crate::visitor::Visitor;
use crate::words::Words;

const FORMS: [&str; 3] = ["single", "group", "telephone"];
/// What most talks are about (Opinions 三(四)); tapped instead of typed.
const TOPICS: [&str; 6] = ["思想状况", "教学科研", "工作生活", "政治学习", "入党意愿", "意见建议"];

/// The form as it was sent; everything is text, so that whatever was typed comes back.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct TalkForm {
    key: String,
    held_on: String,
    form: String,
    topics: Vec<String>,
    gist: String,
    place: String,
    wishes: String,
    follow_up: String,
    follow_up_until: String,
}

impl TalkForm {
    /// Filled in as far as one can guess.
    fn new(today: Date) -> Self {
        Self { held_on: today.to_string(), form: "single".to_owned(), ..Self::default() }
    }

    fn has_more(&self) -> bool {
        [&self.place, &self.wishes, &self.follow_up, &self.follow_up_until]
            .iter()
            .any(|text| !text.is_empty())
    }

    /// As the HTTP interface wants it.
    fn body(&self) -> Value {
        let mut body = json!({
            "held_on": self.held_on, "form": self.form, "topics": self.topics, "gist": self.gist,
        });
        for (name, text) in [("place", &self.place), ("wishes", &self.wishes)] {
            if !text.trim().is_empty() {
                body[name] = json!(text);
            }
        }
        if !self.follow_up.trim().is_empty() || !self.follow_up_until.is_empty() {
            body["follow_up"] = json!({ "what": self.follow_up });
            if !self.follow_up_until.is_empty() {
                body["follow_up"]["until"] = json!(self.follow_up_until);
            }
        }
        body
    }
}

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
}

/// Whose talk it is.
#[derive(Debug, Deserialize)]
struct Candidate {
    name: Option<String>,
    staff_number: Option<String>,
    unit: Option<String>,
}

pub(crate) fn routes() -> Router<Pages> {
    Router::new().route("/people/{candidate}/talks/new", get(form).post(record))
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
    let who: Candidate = visitor.ask.get(&format!("/v1/persons/{candidate}")).await?;
    let key = form_key(&form, problem.as_ref());
    let others = form.topics.iter().filter(|topic| !TOPICS.contains(&topic.as_str()));
    let topics = TOPICS.iter().map(|topic| (*topic).to_owned()).chain(others.cloned());
    let topics = topics.map(|topic| (topic.clone(), form.topics.contains(&topic))).collect();
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
            problem,
        },
    )
}

/// The form's key stays while the outcome is open; what a rule refused was not done and gets a new one.
fn form_key(form: &TalkForm, problem: Option<&Problem>) -> Uuid {
    let kept = Uuid::try_parse(&form.key).ok();
    kept.filter(|_| problem.is_some_and(|problem| problem.status >= 500)).unwrap_or_else(Uuid::now_v7)
}

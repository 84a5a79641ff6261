//! Change of one's own password.

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum_extra::extract::Form;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Pages;
use crate::fault::Fault;
use crate::frame::{Frame, page, shown};
use crate::visitor::Visitor;
use crate::words::Words;

/// Where the form is sent; what was typed there is never shown or carried anywhere.
pub(crate) const ADDRESS: &str = "/password";

#[derive(Deserialize)]
struct Change {
    #[serde(default)]
    present: String,
    #[serde(default)]
    new: String,
    #[serde(default)]
    again: String,
}

#[derive(Template)]
#[template(path = "password.html")]
struct Password {
    frame: Frame,
    l: Words,
    is_done: bool,
    fault: Option<String>,
}

pub(crate) fn routes() -> Router<Pages> {
    Router::new().route(ADDRESS, get(form).post(change)).route("/password/done", get(done))
}

async fn form(visitor: Visitor) -> Result<Response, Fault> {
    shown(&Password { frame: visitor.frame(), l: visitor.l, is_done: false, fault: None })
}

async fn done(visitor: Visitor) -> Result<Response, Fault> {
    shown(&Password { frame: visitor.frame(), l: visitor.l, is_done: true, fault: None })
}

async fn change(visitor: Visitor, Form(change): Form<Change>) -> Result<Response, Fault> {
    let l = visitor.l;
    let fault = if change.new == change.again {
        let body = json!({ "present": change.present, "new": change.new });
        let answer = visitor.ask.command::<Value>("/v1/account/password", Uuid::now_v7(), None, &body).await;
        match super::taken(answer)? {
            Ok(_) => return Ok(Redirect::to("/password/done").into_response()),
            Err(problem) => problem.detail,
        }
    } else {
        l.say("两次输入的新密码不一致。", "The two new passwords differ.").to_owned()
    };
    let form = Password { frame: visitor.frame(), l, is_done: false, fault: Some(fault) };
    page(StatusCode::UNPROCESSABLE_ENTITY, &form)
}

//! Signing in and out. Who was typing when the sign-in ended finds it all again behind the new one.

use askama::Template;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Query, Request};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::Form;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::Pages;
use crate::fault::Fault;
use crate::frame::{Frame, page, shown};
use crate::visitor::Stranger;
use crate::words::Words;

/// Fields of the sign-in's own form; whatever else comes with it was typed elsewhere.
const OWN: [&str; 4] = ["login", "password", "to", "then"];

/// What is written otherwise in an address that stands in another's query.
const WITHIN: AsciiSet =
    NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'/').remove(b'?').remove(b'=');

/// Where to go afterwards: a page of ours, or a form that was interrupted.
#[derive(Debug, Default, Deserialize)]
struct Afterwards {
    #[serde(default)]
    to: String,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    frame: Frame,
    l: Words,
    login: String,
    /// The page to go to.
    to: String,
    /// The form to go on with; empty without one.
    then: String,
    /// What was typed into it.
    typed: Vec<(String, String)>,
    fault: Option<String>,
}

/// After the sign-in: what was typed before it, to be sent on with one more tap.
#[derive(Template)]
#[template(path = "sign_in_resume.html")]
struct Resume {
    frame: Frame,
    l: Words,
    then: String,
    typed: Vec<(String, String)>,
}

pub(crate) fn routes() -> Router<Pages> {
    Router::new().route("/sign-in", get(form).post(begin)).route("/sign-out", post(end))
}

/// The address of the sign-in that leads to a page.
pub(crate) fn address(to: &str) -> String {
    format!("/sign-in?to={}", utf8_percent_encode(to, &WITHIN))
}

/// A path of ours; anything that leads away becomes the first page.
pub(crate) fn local(path: &str) -> &str {
    let is_ours = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n']);
    if is_ours { path } else { "/" }
}

/// The sign-in as the answer to a form that came too late; `typed` is its body.
pub(crate) async fn again(l: Words, then: &str, typed: Bytes) -> Result<Response, Fault> {
    let typed = fields(typed).await.into_iter().filter(|(name, _)| !name.starts_with("password")).collect();
    let form = SignIn {
        frame: Frame::of(l, None, then),
        l,
        login: String::new(),
        to: String::new(),
        then: local(then).to_owned(),
        typed,
        fault: Some(
            l.say(
                "登录已失效。请重新登录，填写的内容不会丢失。",
                "Your sign-in has ended. Sign in again: nothing you typed is lost.",
            )
            .to_owned(),
        ),
    };
    page(StatusCode::UNAUTHORIZED, &form)
}

async fn form(visitor: Stranger, Query(afterwards): Query<Afterwards>) -> Result<Response, Fault> {
    let l = visitor.l;
    let to = local(&afterwards.to).to_owned();
    let frame = Frame::of(l, None, &address(&to));
    shown(&SignIn { frame, l, login: String::new(), to, then: String::new(), typed: Vec::new(), fault: None })
}

async fn begin(visitor: Stranger, Form(sent): Form<Vec<(String, String)>>) -> Result<Response, Fault> {
    let l = visitor.l;
    let field =
        |name: &str| sent.iter().find(|(sent, _)| sent == name).map_or("", |(_, value)| value.as_str());
    let (login, to, then) =
        (field("login").to_owned(), local(field("to")).to_owned(), field("then").to_owned());
    let body = json!({ "login": login, "password": field("password") });
    let typed: Vec<(String, String)> =
        sent.iter().filter(|(name, _)| !OWN.contains(&name.as_str())).cloned().collect();
    let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    let body = Body::from(body.to_string());
    let answer = visitor.ask.send(Method::POST, "/v1/sessions", Some(Uuid::now_v7()), &json, body).await;
    let frame = Frame::of(l, None, "/sign-in");
    let response = match super::taken(answer)? {
        Ok(response) => response,
        Err(problem) => {
            let status = problem.status();
            let fault = Some(problem.detail);
            return page(status, &SignIn { frame, l, login, to, then, typed, fault });
        }
    };
    let mut next = if then.is_empty() {
        Redirect::to(&to).into_response()
    } else {
        let then = local(&then).to_owned();
        shown(&Resume { frame, l, then, typed })?
    };
    for cookie in response.headers().get_all(header::SET_COOKIE) {
        next.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    Ok(next)
}

async fn end(visitor: Stranger) -> Result<Response, Fault> {
    let mut next = Redirect::to("/sign-in").into_response();
    match visitor.ask.send(Method::DELETE, "/v1/sessions/current", None, &[], Body::empty()).await {
        Ok(response) => {
            for cookie in response.headers().get_all(header::SET_COOKIE) {
                next.headers_mut().append(header::SET_COOKIE, cookie.clone());
            }
            Ok(next)
        }
        Err(Fault::SignedOut) => Ok(next),
        Err(fault) => Err(fault),
    }
}

/// The fields of a form's body; a body that is no form has none.
pub(crate) async fn fields(body: Bytes) -> Vec<(String, String)> {
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    let form = Request::post("/").header(header::CONTENT_TYPE, kind);
    let Ok(form) = form.body(Body::from(body)) else { return Vec::new() };
    Form::from_request(form, &()).await.map(|Form(fields)| fields).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours_are_gone_to() {
        for away in ["//evil.example", "https://evil.example", "/\\evil.example", "", "todo", "/a\r\nb"] {
            assert_eq!(local(away), "/", "{away}");
        }
        assert_eq!(local("/pool?category=x"), "/pool?category=x");
    }

    #[test]
    fn the_way_back_is_one_value_of_the_address() {
        assert_eq!(address("/people/1/talks/new"), "/sign-in?to=/people/1/talks/new");
        assert_eq!(address("/pool?a=%20+x&b=张#y"), "/sign-in?to=/pool?a=%2520%2Bx%26b=%E5%BC%A0%23y");
    }

    #[tokio::test]
    async fn what_was_typed_is_read_back() {
        let typed = fields(Bytes::from_static(b"gist=%E8%B0%88%0A+%26&topics=a&topics=b")).await;
        let expected = [("gist", "谈\n &"), ("topics", "a"), ("topics", "b")];
        assert_eq!(typed, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}

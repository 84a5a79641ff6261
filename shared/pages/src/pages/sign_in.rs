//! Signing in and out. Who was typing when the sign-in ended finds it all again behind the new one.

use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::extract::Query;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::{CookieJar, Form};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::carried::{self, Carried, field};
use crate::Pages;
use crate::ask::{self, Ask};
use crate::fault::Fault;
use crate::frame::{Frame, page, shown};
use crate::visitor::{Me, Stranger};
use crate::words::Words;

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
    /// The form to go on with.
    carried: Carried,
    fault: Option<String>,
}

/// After the sign-in: what was typed before it, to be sent on with one more tap by whoever typed it.
#[derive(Template)]
#[template(path = "sign_in_resume.html")]
struct Resume {
    frame: Frame,
    l: Words,
    is_ones_own: bool,
    carried: Carried,
}

/// What the interface says of a sign-in that has begun.
#[derive(Deserialize)]
struct Begun {
    token: String,
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
    // Browsers read `\` as `/`, and pass over tabs and line ends as if they were not there.
    let is_plain = !path.contains(|letter: char| letter == '\\' || letter.is_control());
    let is_ours = path.starts_with('/') && !path.starts_with("//") && is_plain;
    if is_ours { path } else { "/" }
}

/// The sign-in as the answer to a form that came too late.
pub(crate) fn again(l: Words, carried: Carried) -> Result<Response, Fault> {
    let fault = l.say(
        "登录已失效。请重新登录，填写的内容不会丢失。",
        "Your sign-in has ended. Sign in again: nothing you typed is lost.",
    );
    let form = SignIn {
        frame: Frame::of(l, None, &carried.then),
        l,
        login: String::new(),
        to: String::new(),
        carried,
        fault: Some(fault.to_owned()),
    };
    page(StatusCode::UNAUTHORIZED, &form)
}

/// Goes on with an interrupted form in another language, where it stood: before or behind the sign-in.
pub(crate) async fn go_on(l: Words, ask: &Ask, carried: Carried) -> Result<Response, Fault> {
    match ask.get("/v1/whoami").await {
        Ok(me) => resume(l, me, carried),
        Err(Fault::SignedOut) => again(l, carried),
        Err(fault) => Err(fault),
    }
}

/// Shows what was typed before the sign-in to whoever typed it, and to nobody else.
fn resume(l: Words, me: Me, carried: Carried) -> Result<Response, Fault> {
    let is_ones_own = carried.is_of(&me);
    let carried = if is_ones_own { carried } else { Carried::default() };
    let frame = Frame::of(l, Some(me), "/");
    shown(&Resume { frame, l, is_ones_own, carried })
}

async fn form(visitor: Stranger, Query(afterwards): Query<Afterwards>) -> Result<Response, Fault> {
    let l = visitor.l;
    let to = local(&afterwards.to).to_owned();
    let frame = Frame::of(l, None, &address(&to));
    shown(&SignIn { frame, l, login: String::new(), to, carried: Carried::default(), fault: None })
}

async fn begin(visitor: Stranger, Form(sent): Form<Vec<(String, String)>>) -> Result<Response, Fault> {
    let Stranger { ask, l } = visitor;
    let (login, to) = (field(&sent, "login").to_owned(), local(field(&sent, "to")).to_owned());
    let carried = Carried::of(&sent);
    let body = json!({ "login": login, "password": field(&sent, "password") });
    let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    let body = Body::from(body.to_string());
    let answer = ask.send(Method::POST, "/v1/sessions", Some(Uuid::now_v7()), &json, body).await;
    let response = match super::taken(answer)? {
        Ok(response) => response,
        Err(problem) => {
            let (status, fault) = (problem.status(), Some(problem.detail));
            let frame = Frame::of(l, None, &address(&to));
            return page(status, &SignIn { frame, l, login, to, carried, fault });
        }
    };
    let cookies = response.headers().clone();
    let begun: Begun = ask::read(response).await?;
    let me: Me = ask.bearing(&begun.token)?.get("/v1/whoami").await?;
    let noted = CookieJar::new().add(carried::note(&me));
    let next = if carried.is_empty() { Redirect::to(&to).into_response() } else { resume(l, me, carried)? };
    let mut next = (noted, next).into_response();
    for cookie in cookies.get_all(header::SET_COOKIE) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours_are_gone_to() {
        for away in ["//evil.example", "https://evil.example", "/\\evil.example", "", "todo", "/a\r\nb"] {
            assert_eq!(local(away), "/", "{away}");
        }
        for control in (0..0x20).chain([0x7f, 0x85]).filter_map(char::from_u32) {
            assert_eq!(local(&format!("/{control}/evil.example")), "/", "{control:?}");
        }
        assert_eq!(local("/pool?category=x"), "/pool?category=x");
    }

    #[test]
    fn the_way_back_is_one_value_of_the_address() {
        assert_eq!(address("/people/1/talks/new"), "/sign-in?to=/people/1/talks/new");
        assert_eq!(address("/pool?a=%20+x&b=张#y"), "/sign-in?to=/pool?a=%2520%2Bx%26b=%E5%BC%A0%23y");
    }
}

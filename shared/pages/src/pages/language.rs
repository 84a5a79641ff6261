//! The choice between Chinese and English, kept in a cookie.

use axum::Router;
use axum::response::Redirect;
use axum::routing::post;
use axum_extra::extract::cookie::{Cookie, SameSite};
use axum_extra::extract::{CookieJar, Form};
use serde::Deserialize;

use super::sign_in::local;
use crate::Pages;
use crate::words::COOKIE;

#[derive(Debug, Deserialize)]
struct Choice {
    #[serde(default)]
    language: String,
    #[serde(default)]
    back: String,
}

pub(crate) fn routes() -> Router<Pages> {
    Router::new().route("/language", post(choose))
}

async fn choose(jar: CookieJar, Form(choice): Form<Choice>) -> (CookieJar, Redirect) {
    let tag = if choice.language == "en" { "en" } else { "zh" };
    let cookie = Cookie::build((COOKIE, tag)).path("/").same_site(SameSite::Lax).http_only(true).permanent();
    (jar.add(cookie), Redirect::to(local(&choice.back)))
}

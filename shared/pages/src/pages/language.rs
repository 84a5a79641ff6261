//! The choice between Chinese and English, kept in a cookie.

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum_extra::extract::cookie::{Cookie, SameSite};
use axum_extra::extract::{CookieJar, Form};
use peiyu_language::Language;
use peiyu_platform::headers::is_cross_site;

use super::carried::{Carried, field};
use super::sign_in::{self, local};
use crate::Pages;
use crate::fault::{Fault, Problem};
use crate::visitor::Stranger;
use crate::words::{COOKIE, Words};

pub(crate) fn routes() -> Router<Pages> {
    Router::new().route("/language", post(choose))
}

/// Every other form asks the interface, which looks itself whether another site sent it.
async fn choose(
    visitor: Stranger,
    jar: CookieJar,
    headers: HeaderMap,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, Fault> {
    if is_cross_site(&headers) {
        return Err(Fault::Problem(Box::new(Problem::cross_site(visitor.l))));
    }
    let (tag, language) =
        if field(&sent, "language") == "en" { ("en", Language::En) } else { ("zh", Language::Zh) };
    let (l, carried) = (Words(language), Carried::of(&sent));
    let next = if carried.is_empty() {
        Redirect::to(local(field(&sent, "back"))).into_response()
    } else {
        let spoken = [(header::CONTENT_LANGUAGE, HeaderValue::from_static(l.tag()))];
        (spoken, sign_in::go_on(l, &visitor.ask, carried).await?).into_response()
    };
    let cookie = Cookie::build((COOKIE, tag)).path("/").same_site(SameSite::Lax).http_only(true).permanent();
    Ok((jar.add(cookie), next).into_response())
}

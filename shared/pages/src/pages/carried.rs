//! What was typed when a sign-in ended: carried from page to page until whoever typed it is back.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::cookie::{Cookie, SameSite};
use axum_extra::extract::{CookieJar, Form};

use super::sign_in::local;
use crate::visitor::Me;

/// The cookie that says who signed in last in this browser; it opens nothing, and outlives the sign-in.
const COOKIE: &str = "peiyu_account";
/// On their way the fields of the interrupted form stand behind it: that form may have a `to` or a `then` of its own.
const TYPED: &str = "typed.";

/// A form that was interrupted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Carried {
    /// Where it is sent; empty when nothing is carried.
    pub(crate) then: String,
    /// The account of whoever typed; empty when that is not known.
    whose: String,
    /// What was typed into which field.
    pub(crate) typed: Vec<(String, String)>,
}

impl Carried {
    /// What a form sent that came too late.
    pub(crate) async fn late(then: &str, whose: String, body: Bytes) -> Self {
        Self { then: local(then).to_owned(), whose, typed: fields(body).await }
    }

    /// What a page carried on, among its own fields.
    pub(crate) fn of(sent: &[(String, String)]) -> Self {
        let then = match field(sent, "then") {
            "" => String::new(),
            then => local(then).to_owned(),
        };
        let typed = sent.iter().filter_map(|(name, value)| Some((name.strip_prefix(TYPED)?, value)));
        let typed = typed.map(|(name, value)| (name.to_owned(), value.clone())).collect();
        Self { then, whose: field(sent, "whose").to_owned(), typed }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.then.is_empty()
    }

    /// Whether it was typed by whoever is signed in now.
    pub(crate) fn is_of(&self, me: &Me) -> bool {
        me.account.is_some_and(|account| account.to_string() == self.whose)
    }

    /// The hidden fields by which a page carries it on; none when there is nothing.
    pub(crate) fn fields(&self) -> Vec<(String, &str)> {
        if self.is_empty() {
            return Vec::new();
        }
        let own = [("then".to_owned(), &*self.then), ("whose".to_owned(), &*self.whose)];
        let typed = self.typed.iter().map(|(name, value)| (format!("{TYPED}{name}"), value.as_str()));
        own.into_iter().chain(typed).collect()
    }
}

/// Who signed in last in the browser of a request; empty when that is not known.
pub(crate) fn last_signed_in(headers: &HeaderMap) -> String {
    CookieJar::from_headers(headers).get(COOKIE).map(|cookie| cookie.value().to_owned()).unwrap_or_default()
}

/// Notes who signed in.
pub(crate) fn note(me: &Me) -> Cookie<'static> {
    let account = me.account.map(|account| account.to_string()).unwrap_or_default();
    Cookie::build((COOKIE, account)).path("/").same_site(SameSite::Lax).http_only(true).build()
}

/// A field of a form; empty when it was not sent.
pub(crate) fn field<'a>(sent: &'a [(String, String)], name: &str) -> &'a str {
    sent.iter().find(|(sent, _)| sent == name).map_or("", |(_, value)| value.as_str())
}

/// The fields of a form's body; a body that is no form has none.
async fn fields(body: Bytes) -> Vec<(String, String)> {
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    let form = Request::post("/").header(header::CONTENT_TYPE, kind);
    let Ok(form) = form.body(Body::from(body)) else { return Vec::new() };
    Form::from_request(form, &()).await.map(|Form(fields)| fields).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_typed_is_read_back() {
        let typed = fields(Bytes::from_static(b"gist=%E8%B0%88%0A+%26&topics=a&topics=b")).await;
        let expected = [("gist", "谈\n &"), ("topics", "a"), ("topics", "b")];
        assert_eq!(typed, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[tokio::test]
    async fn fields_are_carried_whatever_they_are_called() {
        let body = Bytes::from_static(b"to=2026-12-31&then=a&whose=b&login=c&typed.to=d");
        let late = Carried::late("/trainings/new", "somebody".to_owned(), body).await;
        let sent: Vec<_> = late.fields().into_iter().map(|(name, value)| (name, value.to_owned())).collect();
        let carried = Carried::of(&sent);
        assert_eq!((&*carried.then, &*carried.whose), ("/trainings/new", "somebody"));
        assert_eq!(carried.typed, late.typed);
    }
}

//! Asks before a retry or a skip, with exact counts of what it concerns; then sends it off and leads to its outcome.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::parked::Total;
use crate::beside::Beside;
use crate::fault::{Fault, Problem};
use crate::frame::{Frame, page};
use crate::pages::{query, refused, taken};
use crate::visitor::Visitor;
use crate::words::Words;

/// Most characters of a reason, as the interface takes them.
const MOST_REASON: usize = 500;

/// What is to be done to which streams, in the address and in the form; an empty field means all.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    key: String,
    view: String,
    kind: String,
    stream: String,
    position: String,
    reason: String,
}

/// The interface's count of what waits.
#[derive(Debug, Deserialize)]
struct Counted {
    total: Total,
}

/// A request that was noted.
#[derive(Debug, Deserialize)]
struct Requested {
    id: Uuid,
}

#[derive(Template)]
#[template(path = "parked_act.html")]
struct Asking {
    frame: Frame,
    l: Words,
    is_skip: bool,
    key: Uuid,
    wanted: Wanted,
    total: Total,
    back: String,
    refused: Option<String>,
    most_reason: usize,
}

impl Wanted {
    /// The command's body: whatever was said.
    fn body(&self, is_skip: bool) -> Value {
        let said =
            [("view", &self.view), ("kind", &self.kind), ("stream", &self.stream), ("reason", &self.reason)];
        let said = said.into_iter().filter(|(_, value)| !value.trim().is_empty());
        let mut body: Map<String, Value> =
            said.map(|(name, value)| (name.to_owned(), json!(value.trim()))).collect();
        if is_skip {
            body.insert("position".to_owned(), json!(self.position.parse::<i64>().unwrap_or_default()));
            body.entry("reason").or_insert_with(|| json!(""));
        }
        Value::Object(body)
    }

    /// The page from which one came here.
    fn back(&self) -> String {
        if self.stream.is_empty() {
            return format!("/operations/parked{}", query(&[("view", &self.view), ("kind", &self.kind)]));
        }
        let (view, stream) = (crate::pages::escaped(&self.view), crate::pages::escaped(&self.stream));
        format!("/operations/parked/{view}/{stream}{}", query(&[("kind", &self.kind)]))
    }
}

pub(super) async fn ask_retry(visitor: Visitor, Query(wanted): Query<Wanted>) -> Result<Response, Fault> {
    asked(&visitor, wanted, false, Uuid::now_v7(), None).await
}

pub(super) async fn ask_skip(visitor: Visitor, Query(wanted): Query<Wanted>) -> Result<Response, Fault> {
    asked(&visitor, wanted, true, Uuid::now_v7(), None).await
}

pub(super) async fn retry(visitor: Visitor, Form(wanted): Form<Wanted>) -> Result<Response, Fault> {
    sent(&visitor, wanted, false).await
}

pub(super) async fn skip(visitor: Visitor, Form(wanted): Form<Wanted>) -> Result<Response, Fault> {
    sent(&visitor, wanted, true).await
}

async fn sent(visitor: &Visitor, wanted: Wanted, is_skip: bool) -> Result<Response, Fault> {
    let key = Uuid::try_parse(&wanted.key).unwrap_or_else(|_| Uuid::now_v7());
    let path = if is_skip { "/v1/parked/skip" } else { "/v1/parked/retry" };
    match taken(visitor.ask.command::<Requested>(path, key, None, &wanted.body(is_skip)).await)? {
        Ok(requested) => {
            // `after` tells the browser that its draft has done its duty.
            let to = format!("/operations/parked/requests/{0}?after={0}", requested.id);
            Ok(Redirect::to(&to).into_response())
        }
        Err(problem) => {
            // Whether it was noted is not known: the same key is sent again.
            let key = if problem.status >= 500 { key } else { Uuid::now_v7() };
            asked(visitor, wanted, is_skip, key, Some(problem)).await
        }
    }
}

async fn asked(
    visitor: &Visitor,
    wanted: Wanted,
    is_skip: bool,
    key: Uuid,
    problem: Option<Problem>,
) -> Result<Response, Fault> {
    let (view, kind, stream) = (&*wanted.view, &*wanted.kind, &*wanted.stream);
    let which = [("limit", "1"), ("count", "true"), ("view", view), ("kind", kind), ("stream", stream)];
    let counted: Counted = visitor.ask.get(&format!("/v1/parked{}", query(&which))).await?;
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status);
    let l = visitor.l;
    let refused = problem.map(|problem| {
        let twice = l.say(
            "这张表单已经提交过了，没有重复提交；要另行提交，请再点一次。",
            "This form was sent before; nothing was asked for twice. To ask for something else, send it again.",
        );
        refused(&problem, &Beside::of(Some(&problem), l), twice, l)
    });
    let asking = Asking {
        frame: visitor.frame(),
        l,
        is_skip,
        key,
        total: counted.total,
        back: wanted.back(),
        wanted,
        refused,
        most_reason: MOST_REASON,
    };
    page(status, &asking)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_what_was_chosen_and_nothing_else() {
        let all = Wanted { reason: " 已修复 ".to_owned(), ..Wanted::default() };
        assert_eq!(all.body(false), json!({ "reason": "已修复" }));
        assert_eq!(all.back(), "/operations/parked");
        let one = Wanted {
            view: "candidates".to_owned(),
            kind: "candidate".to_owned(),
            stream: "0199a1b2-0000-7000-8000-000000000001".to_owned(),
            position: "12".to_owned(),
            ..Wanted::default()
        };
        let body = one.body(true);
        assert_eq!((&body["position"], &body["reason"]), (&json!(12), &json!("")));
        assert!(one.back().ends_with("/candidates/0199a1b2-0000-7000-8000-000000000001?kind=candidate"));
    }
}

//! One page, one file.

pub(crate) mod carried;
mod coverage;
mod dossier;
mod imports;
mod language;
mod liaison;
mod operations;
pub(crate) mod password;
mod person_correct;
mod pool;
mod reminders;
pub(crate) mod sign_in;
mod talk;
mod talk_correct;
mod talk_form;
mod talk_record;
mod todo;
mod trainings;

use std::fmt::Display;

use axum::Router;
use axum::http::header;
use axum::response::{Redirect, Response};
use axum::routing::get;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::Pages;
use crate::ask::Done;
use crate::beside::Beside;
use crate::fault::{Fault, Problem};
use crate::visitor::Visitor;
use crate::words::Words;

/// What is written otherwise in a value of an address.
const WRITTEN: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// Every page.
pub(crate) fn all() -> Router<Pages> {
    Router::new()
        .route("/", get(first))
        .merge(coverage::routes())
        .merge(dossier::routes())
        .merge(imports::routes())
        .merge(language::routes())
        .merge(liaison::routes())
        .merge(operations::routes())
        .merge(password::routes())
        .merge(person_correct::routes())
        .merge(pool::routes())
        .merge(reminders::routes())
        .merge(sign_in::routes())
        .merge(talk::routes())
        .merge(talk_correct::routes())
        .merge(talk_record::routes())
        .merge(todo::routes())
        .merge(trainings::routes())
}

/// The first page is the first of those that one may see: 待办, but for whoever only operates the system.
async fn first(visitor: Visitor) -> Redirect {
    Redirect::to(visitor.frame().entries().first().map_or("/todo", |entry| entry.link.href))
}

/// What a command said: done, or why not, to be shown beside the form.
pub(crate) fn taken<T>(answer: Result<T, Fault>) -> Result<Result<T, Problem>, Fault> {
    match answer {
        Ok(done) => Ok(Ok(done)),
        Err(fault) => fault.beside_the_form().map(Err),
    }
}

/// What to say above a form that was not saved; `twice` when it had been saved before.
pub(crate) fn refused(problem: &Problem, beside: &Beside, twice: &str, l: Words) -> String {
    match problem.code() {
        "idempotency_key_reused" => twice.to_owned(),
        _ if beside.is_somewhere() => not_saved(&beside.text, l),
        _ => not_saved(&problem.detail, l),
    }
}

/// What to say above a form that was not saved, unless what others did meanwhile says it. While the read models lag
/// behind the version there is nothing of theirs to show, and the refusal is said all the same.
pub(crate) fn refused_beside(
    meanwhile: &[String],
    problem: &Problem,
    beside: &Beside,
    twice: &str,
    l: Words,
) -> Option<String> {
    meanwhile.is_empty().then(|| refused(problem, beside, twice, l))
}

/// A reason, as what it came to.
pub(crate) fn not_saved(why: &str, l: Words) -> String {
    l.count("没有保存：{}", "Not saved: {}", why)
}

/// The address of a page that shows what was just done, and says so.
pub(crate) fn saved(path: &str, done: &Done) -> String {
    match done.event {
        Some(event) => format!("{path}?after={event}"),
        None => path.to_owned(),
    }
}

/// A file of the interface as a page's own answer.
pub(crate) fn download(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    let kept = [header::CONTENT_TYPE, header::CONTENT_DISPOSITION];
    let kept = kept.map(|name| headers.get(&name).cloned().map(|value| (name, value)));
    headers.clear();
    headers.extend(kept.into_iter().flatten());
    answer
}

/// The coded filters that are set, as a query; what is no code is written so that it stays one value.
pub(crate) fn query(pairs: &[(&str, &str)]) -> String {
    let set = pairs.iter().filter(|(_, value)| !value.is_empty());
    let written: Vec<String> = set.map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    if written.is_empty() { String::new() } else { format!("?{}", written.join("&")) }
}

/// A value as it stands in an address.
pub(crate) fn escaped(value: &str) -> impl Display {
    utf8_percent_encode(value, &WRITTEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_holds_what_is_set_and_whatever_was_typed_stays_one_value() {
        assert_eq!(query(&[("from", ""), ("to", "")]), "");
        let typed = [("from", "2026-11-01"), ("state", ""), ("to", "1&limit=9 ü")];
        assert_eq!(query(&typed), "?from=2026-11-01&to=1%26limit%3D9%20%C3%BC");
    }
}

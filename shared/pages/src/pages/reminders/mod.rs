//! 提醒: what went to whom and why, what would go out and in which words, what waits for a decision since a restore.

mod explain;
mod held;
mod letter;
mod list;
mod preview;
mod show;
mod templates;
mod wording;

use axum::Router;
use axum::routing::{get, post};
use serde::Deserialize;

use crate::Pages;
use crate::frame::Link;
use crate::visitor::Visitor;
use crate::words::Words;

pub(crate) fn routes() -> Router<Pages> {
    Router::new()
        .route("/reminders", get(list::list))
        .route("/reminders/preview", get(preview::preview))
        .route("/reminders/preview/{person}", get(letter::letter))
        .route("/reminders/held", get(held::held).post(held::release))
        .route("/reminders/held/drop", get(held::ask).post(held::drop))
        .route("/reminders/templates", get(templates::show).post(templates::save))
        .route("/reminders/templates/preview", post(templates::preview))
        .route("/reminders/templates/restore", post(templates::restore))
        .route("/reminders/{id}", get(show::show))
        .route("/people/{person}/reminders", get(explain::explain))
}

/// The pages about reminders that somebody may open; `here` is the address of the one that is shown.
fn tabs(visitor: &Visitor, here: &str) -> Vec<Link> {
    let tab = |right: &str, href: &'static str, zh, en| {
        visitor.me.may(right).then(|| Link { href, text: visitor.l.say(zh, en), is_here: href == here })
    };
    let tabs = [
        tab("reminder.read", "/reminders", "发出的提醒", "Sent"),
        tab("reminder.read", "/reminders/preview", "预览", "Preview"),
        tab("reminder.read", "/reminders/templates", "信函用语", "Wording"),
        tab("operate", "/reminders/held", "暂停的提醒", "Held"),
    ];
    tabs.into_iter().flatten().collect()
}

/// A page of a list as the interface answers it.
#[derive(Debug, Deserialize)]
struct Listed<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

/// Where a digest stands, in words, and the colour of its badge.
fn standing(state: &str, failure: Option<&str>, l: Words) -> (String, &'static str) {
    let word = l.word("reminder_state", state);
    match (state, failure) {
        ("sent", _) => (word, "good"),
        ("failed", Some(failure)) => (word + l.colon() + &l.word("reminder_failure", failure), "bad"),
        ("failed", None) => (word, "bad"),
        _ => (word, "warn"),
    }
}

/// A name, or what stands in the place of one.
fn named(name: Option<String>, l: Words) -> String {
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| l.say("（姓名不详）", "(name unknown)").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_said_in_words_with_its_reason() {
        let zh = Words(peiyu_language::Language::Zh);
        assert_eq!(standing("failed", Some("no_address"), zh), ("未送达：没有邮箱地址".to_owned(), "bad"));
        assert_eq!(standing("claimed", None, zh).1, "warn");
    }
}

//! 纪实档案: who it is and how they stand, and their story, newest first; made to be printed, too.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::get;
use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use crate::Pages;
use crate::dossier::Dossier;
use crate::fault::Fault;
use crate::frame::{Frame, shown};
use crate::story::{self, Month};
use crate::visitor::Visitor;
use crate::words::Words;

/// What was just saved, to be waited for and said.
#[derive(Debug, Deserialize)]
struct Saved {
    after: Option<Uuid>,
}

/// The next thing that is due.
struct Next {
    kind: String,
    due_on: Date,
    state: String,
    standing: String,
    article: String,
}

/// What the visitor may do about this person.
struct Deeds {
    talk: bool,
    liaison: bool,
    correct: bool,
}

#[derive(Template)]
#[template(path = "dossier.html")]
struct Page {
    frame: Frame,
    l: Words,
    dossier: Dossier,
    liaison: Option<(String, String, Option<Date>)>,
    next: Option<Next>,
    deeds: Deeds,
    months: Vec<Month>,
    said: Option<&'static str>,
}

pub(crate) fn routes() -> Router<Pages> {
    Router::new().route("/people/{person}", get(page))
}

async fn page(
    visitor: Visitor,
    Path(person): Path<Uuid>,
    Query(saved): Query<Saved>,
) -> Result<Response, Fault> {
    let l = visitor.l;
    let dossier = Dossier::of(&visitor.ask.clone().after(saved.after), person).await?;
    let head = &dossier.head;
    let liaison = head
        .liaison
        .as_ref()
        .map(|liaison| (dossier.name(&liaison.person).to_owned(), dossier.office(liaison, l), liaison.since));
    let next = head.duties.first().map(|duty| Next {
        kind: l.word("duty_kind", &duty.kind),
        due_on: duty.due_on,
        state: duty.state.clone(),
        standing: duty.standing(l),
        article: duty.article.clone(),
    });
    let me = visitor.me.person;
    let deeds = Deeds {
        talk: visitor.me.may("talk.record")
            && me.is_some_and(|me| head.liaison.as_ref().is_some_and(|liaison| liaison.person == me)),
        liaison: visitor.me.may("liaison.assign") && head.in_pool_since.is_some(),
        correct: visitor.me.may("person.correct"),
    };
    shown(&Page {
        frame: visitor.frame(),
        l,
        months: story::of(&dossier, l),
        liaison,
        next,
        deeds,
        dossier,
        said: saved.after.map(|_| l.say("已保存。", "Saved.")),
    })
}

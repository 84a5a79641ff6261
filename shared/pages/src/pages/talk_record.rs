//! One talk on record, as a sheet to be read, printed and signed.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::get;
use peiyu_language::story;
use serde::Deserialize;
use uuid::Uuid;

use crate::Pages;
use crate::dossier::{Dossier, moment, text};
use crate::fault::{Fault, Problem};
use crate::frame::{Frame, shown};
use crate::story::Change;
use crate::visitor::Visitor;
use crate::wording::{Talk, plain};
use crate::words::Words;

/// What was just saved, to be waited for and said.
#[derive(Debug, Deserialize)]
struct Saved {
    after: Option<Uuid>,
}

/// A correction as it stands below the sheet.
struct Corrected {
    told: String,
    recorded: String,
    reason: String,
    changes: Vec<Change>,
}

#[derive(Template)]
#[template(path = "talk_record.html")]
struct Page {
    frame: Frame,
    l: Words,
    person: Uuid,
    talk: i64,
    name: String,
    staff_number: String,
    unit: String,
    talker: String,
    parts: Vec<(String, String)>,
    recorder: String,
    recorded: String,
    origin: String,
    corrections: Vec<Corrected>,
    may_correct: bool,
    said: Option<&'static str>,
}

pub(crate) fn routes() -> Router<Pages> {
    Router::new().route("/people/{person}/talks/{talk}", get(page))
}

/// Whether the visitor may correct a talk: who held it, or who corrects records.
pub(crate) fn may_correct(visitor: &Visitor, talk: &Talk<'_>) -> bool {
    let talker = Uuid::try_parse(text(talk.first, "/content/talker")).ok();
    let is_talker = talker.is_some() && talker == visitor.me.person;
    visitor.me.may("talk.record") && (is_talker || visitor.me.may("person.correct"))
}

async fn page(
    visitor: Visitor,
    Path((person, number)): Path<(Uuid, i64)>,
    Query(saved): Query<Saved>,
) -> Result<Response, Fault> {
    let l = visitor.l;
    let dossier = Dossier::of(&visitor.ask.clone().after(saved.after), person).await?;
    let Some(talk) = Talk::of(dossier.own("candidate"), number, None, l) else {
        return Err(Fault::Problem(Box::new(Problem::no_such_talk(l))));
    };
    let corrections = talk.corrections.iter().map(|(event, changes)| Corrected {
        told: dossier.told(event, l),
        recorded: moment(event),
        reason: event.pointer("/content/reason").map(|reason| plain(reason, l)).unwrap_or_default(),
        changes: changes.clone(),
    });
    let talker = Uuid::try_parse(text(talk.first, "/content/talker")).unwrap_or_default();
    shown(&Page {
        frame: visitor.frame(),
        l,
        person,
        talk: number,
        name: dossier.head.name.clone(),
        staff_number: dossier.head.staff_number.clone(),
        unit: dossier.head.unit.clone(),
        talker: dossier.name(&talker).to_owned(),
        parts: talk.wording.parts(l).into(),
        recorder: story::actor(l.0, talk.first, &dossier.names),
        recorded: moment(talk.first),
        origin: l.word("origin", text(talk.first, "/origin")),
        corrections: corrections.collect(),
        may_correct: may_correct(&visitor, &talk),
        said: saved.after.map(|_| l.say("已保存。", "Saved.")),
    })
}

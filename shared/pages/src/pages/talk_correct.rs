//! 更正谈话记录: the form filled in with what is on record; what somebody else changed meanwhile is shown and merged.

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum_extra::extract::Form;
use jiff::civil::Date;
use uuid::Uuid;

use super::taken;
use super::talk_form::{FORMS, TalkForm};
use super::talk_record::may_correct;
use crate::Pages;
use crate::ask::Done;
use crate::beside::Beside;
use crate::dossier::Dossier;
use crate::fault::{Fault, Problem};
use crate::frame::{Frame, page};
use crate::visitor::Visitor;
use crate::wording::Talk;
use crate::words::Words;

#[derive(Template)]
#[template(path = "talk_correct.html")]
struct Correct {
    frame: Frame,
    l: Words,
    today: Date,
    person: Uuid,
    talk: i64,
    name: String,
    staff_number: String,
    key: Uuid,
    form: TalkForm,
    forms: &'static [&'static str],
    topics: Vec<(String, bool)>,
    beside: Beside,
    /// What to say above the form, when it was not saved.
    refused: Option<String>,
    /// What happened since the form was opened.
    meanwhile: Vec<String>,
}

pub(crate) fn routes() -> Router<Pages> {
    Router::new().route("/people/{person}/talks/{talk}/correct", get(form).post(correct))
}

async fn form(visitor: Visitor, Path((person, number)): Path<(Uuid, i64)>) -> Result<Response, Fault> {
    let dossier = Dossier::of(&visitor.ask, person).await?;
    let talk = on_record(&visitor, &dossier, number)?;
    let seen = dossier.version("candidate").to_string();
    let form = TalkForm { seen, ..TalkForm::of(talk.wording) };
    let shown = correction(&visitor, &dossier, number, form);
    page(StatusCode::OK, &shown)
}

async fn correct(
    visitor: Visitor,
    Path((person, number)): Path<(Uuid, i64)>,
    Form(mut form): Form<TalkForm>,
) -> Result<Response, Fault> {
    let l = visitor.l;
    let dossier = Dossier::of(&visitor.ask, person).await?;
    let now = on_record(&visitor, &dossier, number)?;
    let version = form.seen.parse().unwrap_or(0);
    let seen = Talk::of(dossier.own("candidate"), number, Some(version), l);
    let seen = seen.map_or_else(|| now.wording.clone(), |talk| talk.wording);
    if let Some(field) = form.emptied(&seen) {
        let text = l.say(
            "更正不能把已有文字清空，请写明正确的内容。",
            "A correction cannot empty what is on record: say what is right.",
        );
        let beside = Beside::found(field, text);
        let shown = Correct {
            refused: Some(super::not_saved(text, l)),
            beside,
            ..correction(&visitor, &dossier, number, form)
        };
        return page(StatusCode::UNPROCESSABLE_ENTITY, &shown);
    }
    let key = Uuid::try_parse(&form.key).unwrap_or_else(|_| Uuid::now_v7());
    let path = format!("/v1/candidates/{person}/talks/{number}/corrections");
    let body = form.correction(&seen);
    let answer = visitor.ask.command::<Done>(&path, key, Some(version), &body).await;
    let problem = match taken(answer)? {
        Ok(done) => {
            let to = super::saved(&format!("/people/{person}/talks/{number}"), &done);
            return Ok(Redirect::to(&to).into_response());
        }
        Err(problem) => problem,
    };
    let mut meanwhile = Vec::new();
    if problem.is_stale() {
        meanwhile = dossier.since("candidate", version, l);
        form = form.merged(&seen, now.wording);
        form.seen = dossier.version("candidate").to_string();
    }
    let beside = Beside::of(Some(&problem), l);
    let twice = l.say(
        "这次更正已经保存过了，没有重复保存。",
        "This correction was saved before; it was not saved twice.",
    );
    let refused = super::refused_beside(&meanwhile, &problem, &beside, twice, l);
    let kept = problem.status >= 500 || problem.code() == "idempotency_key_reused";
    let shown = correction(&visitor, &dossier, number, form);
    let key = if kept { key } else { shown.key };
    page(problem.status(), &Correct { key, beside, refused, meanwhile, ..shown })
}

/// The talk, if it is there and the visitor may correct it.
fn on_record<'a>(visitor: &Visitor, dossier: &'a Dossier, number: i64) -> Result<Talk<'a>, Fault> {
    let talk = Talk::of(dossier.own("candidate"), number, None, visitor.l);
    let talk = talk.ok_or_else(|| Fault::Problem(Box::new(Problem::no_such_talk(visitor.l))))?;
    if !may_correct(visitor, &talk) {
        return Err(Fault::Problem(Box::new(Problem::not_ones_own(visitor.l))));
    }
    Ok(talk)
}

fn correction(visitor: &Visitor, dossier: &Dossier, talk: i64, form: TalkForm) -> Correct {
    Correct {
        frame: visitor.frame(),
        l: visitor.l,
        today: visitor.me.today,
        person: dossier.person,
        talk,
        name: dossier.head.name.clone(),
        staff_number: dossier.head.staff_number.clone(),
        key: Uuid::now_v7(),
        topics: form.choices(),
        form,
        forms: &FORMS,
        beside: Beside::default(),
        refused: None,
        meanwhile: Vec::new(),
    }
}

//! 信函用语: the department words its letters, sees them before it keeps them, and who changed them when.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::tabs;
use super::wording::{Known, Standing, Texts, Told, language};
use crate::ask::Done;
use crate::beside::Beside;
use crate::fault::{Fault, Problem};
use crate::frame::{Frame, Link, page};
use crate::pages::{refused_beside, taken};
use crate::visitor::Visitor;
use crate::words::Words;

const PAGE: &str = "/reminders/templates";

/// Which language; an earlier version to begin from; what was just saved.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Which {
    language: String,
    from: String,
    after: Option<Uuid>,
}

/// The form as it was sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    language: String,
    key: String,
    seen: String,
    /// The earlier version that it began from.
    from: String,
    subject: String,
    opening: String,
    closing: String,
}

#[derive(Debug, Deserialize)]
struct Drafted {
    day: jiff::civil::Date,
    invented: Letter,
    addressed: Option<Letter>,
}

#[derive(Debug, Deserialize)]
struct Letter {
    addressee_name: String,
    subject: String,
    text: String,
}

#[derive(Template)]
#[template(path = "reminders_templates.html")]
struct Templates {
    frame: Frame,
    l: Words,
    tabs: Vec<Link>,
    may_change: bool,
    languages: &'static [&'static str],
    known: Known,
    changes: Vec<Told>,
    /// What the form holds, and the version that it rests on.
    texts: Texts,
    seen: i64,
    /// The earlier version that the draft began from; empty without one.
    from: String,
    key: Uuid,
    /// The key of the other form: to restore is another command than to save.
    restore_key: Uuid,
    is_saved: bool,
    beside: Beside,
    refused: Option<String>,
    meanwhile: Vec<String>,
    letters: Vec<(String, Letter)>,
}

pub(super) async fn show(visitor: Visitor, Query(which): Query<Which>) -> Result<Response, Fault> {
    let known = Known::of(&visitor.ask, &which.language).await?;
    let texts = which.from.parse().ok().and_then(|version| known.at(version));
    let texts = texts.unwrap_or_else(|| known.standing.texts.clone());
    // Who only looks makes nobody plan the whole university.
    let drafted = drafted(&visitor, &known.standing, &texts, "?addressed=false").await?.ok();
    let shown = written(&visitor, known, texts);
    let letters = drafted.map(|drafted| letters(drafted, visitor.l)).unwrap_or_default();
    page(StatusCode::OK, &Templates { is_saved: which.after.is_some(), from: which.from, letters, ..shown })
}

/// The letters as they would be; nothing is kept.
pub(super) async fn preview(visitor: Visitor, Form(typed): Form<Typed>) -> Result<Response, Fault> {
    let known = Known::of(&visitor.ask, &typed.language).await?;
    let texts = typed.texts();
    let answer = drafted(&visitor, &known.standing, &texts, "").await?;
    let (seen, key) = (typed.seen(), typed.key());
    let shown = Templates { seen, key, from: typed.from, ..written(&visitor, known, texts) };
    match answer {
        Ok(drafted) => page(StatusCode::OK, &Templates { letters: letters(drafted, visitor.l), ..shown }),
        Err(problem) => {
            let beside = Beside::of(Some(&problem), visitor.l);
            let why = if beside.is_somewhere() { &beside.text } else { &problem.detail };
            let refused = Some(why.clone());
            page(problem.status(), &Templates { beside, refused, ..shown })
        }
    }
}

pub(super) async fn save(visitor: Visitor, Form(typed): Form<Typed>) -> Result<Response, Fault> {
    change(&visitor, &typed, "", Some(typed.texts())).await
}

pub(super) async fn restore(visitor: Visitor, Form(typed): Form<Typed>) -> Result<Response, Fault> {
    change(&visitor, &typed, "/restore", None).await
}

/// Sets the texts, or restores the shipped ones when there are none.
async fn change(
    visitor: &Visitor,
    typed: &Typed,
    verb: &str,
    texts: Option<Texts>,
) -> Result<Response, Fault> {
    let language = language(&typed.language);
    let path = format!("/v1/reminders/templates/{language}{verb}");
    let body = texts.as_ref().map_or_else(|| json!({}), |texts| json!(texts));
    let (key, seen) = (typed.key(), typed.seen());
    let problem = match taken(visitor.ask.command::<Done>(&path, key, Some(seen), &body).await)? {
        Ok(done) => {
            let to = crate::pages::saved(PAGE, &done);
            let mark = if to.contains('?') { '&' } else { '?' };
            return Ok(Redirect::to(&format!("{to}{mark}language={language}")).into_response());
        }
        Err(problem) => problem,
    };
    let known = Known::of(&visitor.ask, language).await?;
    let is_restore = texts.is_none();
    let mut texts = texts.unwrap_or_else(|| known.standing.texts.clone());
    let (mut meanwhile, mut rests_on) = (Vec::new(), seen);
    if problem.is_stale() {
        meanwhile = known.since(seen, visitor.l);
        texts = known.merged(texts, seen);
        rests_on = known.standing.version;
    }
    let beside = Beside::of(Some(&problem), visitor.l);
    let twice = visitor.l.say(
        "这张表单已经保存过了，没有重复保存。下面是刚才填写的内容。",
        "This form was saved before; it was not saved twice. Below is what you typed.",
    );
    let refused = refused_beside(&meanwhile, &problem, &beside, twice, visitor.l);
    let mut shown = written(visitor, known, texts);
    match problem.status {
        500.. if is_restore => shown.restore_key = key,
        500.. => shown.key = key,
        _ => {}
    }
    let from = typed.from.clone();
    page(problem.status(), &Templates { seen: rests_on, from, beside, refused, meanwhile, ..shown })
}

async fn drafted(
    visitor: &Visitor,
    standing: &Standing,
    texts: &Texts,
    query: &str,
) -> Result<Result<Drafted, Problem>, Fault> {
    let path = format!("/v1/reminders/templates/{}/preview{query}", standing.language);
    taken(visitor.ask.search(&path, texts).await)
}

/// Each letter with what it is.
fn letters(drafted: Drafted, l: Words) -> Vec<(String, Letter)> {
    let invented = l.say("示例邮件（人员均为虚构）", "An example (about invented people)").to_owned();
    let day = l.day(drafted.day);
    let next = l.count("按现在的情况，{}的第一封", "As things stand, the first of {}", day);
    let addressed = drafted.addressed.map(|letter| (next, letter));
    std::iter::once((invented, drafted.invented)).chain(addressed).collect()
}

fn written(visitor: &Visitor, known: Known, texts: Texts) -> Templates {
    Templates {
        frame: visitor.frame(),
        l: visitor.l,
        tabs: tabs(visitor, PAGE),
        may_change: visitor.me.may("policy.adopt"),
        languages: &["zh", "en"],
        seen: known.standing.version,
        changes: known.told(visitor.l),
        known,
        texts,
        from: String::new(),
        key: Uuid::now_v7(),
        restore_key: Uuid::now_v7(),
        is_saved: false,
        beside: Beside::default(),
        refused: None,
        meanwhile: Vec::new(),
        letters: Vec::new(),
    }
}

impl Typed {
    /// Browsers end lines in a way of their own.
    fn texts(&self) -> Texts {
        let unix = |text: &str| text.replace("\r\n", "\n");
        Texts { subject: self.subject.clone(), opening: unix(&self.opening), closing: unix(&self.closing) }
    }

    fn seen(&self) -> i64 {
        self.seen.parse().unwrap_or(0)
    }

    fn key(&self) -> Uuid {
        Uuid::try_parse(&self.key).unwrap_or_else(|_| Uuid::now_v7())
    }
}

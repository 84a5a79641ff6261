//! The first step: which kind, which file; and the runs so far.

use askama::Template;
use axum::extract::{Query, Request};
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::{Kind, MOST_BYTES};
use crate::fault::{Fault, Problem};
use crate::frame::{Frame, page};
use crate::pages::taken;
use crate::visitor::Visitor;
use crate::words::Words;

/// Headers of an upload that say how its body is to be read.
const OF_THE_BODY: [HeaderName; 2] = [header::CONTENT_TYPE, header::CONTENT_LENGTH];

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    kind: Option<String>,
    key: Option<String>,
}

/// A run as the list has it.
#[derive(Debug, Deserialize)]
struct Earlier {
    id: Uuid,
    kind: String,
    dry_run: bool,
    state: String,
    created_at: String,
    report: Option<Counts>,
    confirmed_by: Option<Uuid>,
}

#[derive(Debug, Deserialize)]
struct Counts {
    rows: u32,
    accepted: u32,
    rejected: u32,
}

impl Earlier {
    /// When it was taken up, to the minute.
    fn when(&self) -> String {
        self.created_at.chars().take(16).collect::<String>().replace('T', " ")
    }

    fn standing(&self, l: Words) -> &'static str {
        standing(&self.state, self.dry_run, self.confirmed_by.is_some(), l)
    }

    fn badge(&self) -> &'static str {
        match self.state.as_str() {
            "failed" => "bad",
            "finished" if self.dry_run => "",
            "finished" => "good",
            _ => "warn",
        }
    }
}

/// How a run stands, in words.
pub(super) fn standing(state: &str, dry_run: bool, is_confirmed: bool, l: Words) -> &'static str {
    match (state, dry_run) {
        ("finished", true) if is_confirmed => l.say("已核对并导入", "checked, taken in"),
        ("finished", true) => l.say("已核对，未导入", "checked, not taken in"),
        ("finished", false) => l.say("已导入", "taken in"),
        ("failed", _) => l.say("文件不能用", "file refused"),
        (_, true) => l.say("正在核对", "being checked"),
        (_, false) => l.say("正在导入", "being taken in"),
    }
}

#[derive(Debug, Deserialize)]
struct Items<T> {
    items: Vec<T>,
}

/// A run that was taken up.
#[derive(Debug, Deserialize)]
pub(super) struct Begun {
    pub(super) id: Uuid,
}

#[derive(Template)]
#[template(path = "imports.html")]
struct Start {
    frame: Frame,
    l: Words,
    kinds: [Kind; 3],
    kind: Kind,
    key: Uuid,
    most_bytes: usize,
    needs_tree: bool,
    fault: Option<String>,
    earlier: Vec<Earlier>,
}

/// The form, and the runs so far.
pub(super) async fn choose(visitor: Visitor, Query(wanted): Query<Wanted>) -> Result<Response, Fault> {
    let kind = wanted.kind.as_deref().and_then(Kind::read);
    written(&visitor, kind, StatusCode::OK, None).await
}

/// Hands the file on, piece by piece as it comes, to be looked at; nothing of it is held here.
pub(super) async fn upload(
    visitor: Visitor,
    Query(wanted): Query<Wanted>,
    request: Request,
) -> Result<Response, Fault> {
    let l = visitor.l;
    let Some(kind) = wanted.kind.as_deref().and_then(Kind::read) else {
        let fault = l.say("请先选择文件的种类。", "Choose what kind of file it is first.");
        return written(&visitor, None, StatusCode::BAD_REQUEST, Some(fault.to_owned())).await;
    };
    let key = wanted.key.as_deref().and_then(|key| Uuid::try_parse(key).ok()).unwrap_or_else(Uuid::now_v7);
    let (parts, body) = request.into_parts();
    let headers: Vec<_> = OF_THE_BODY
        .into_iter()
        .filter_map(|name| parts.headers.get(&name).map(|value| (name.clone(), value.clone())))
        .collect();
    let path = format!("/v1/imports?kind={}&dry_run=true", kind.word());
    let answer = visitor.ask.send(Method::POST, &path, Some(key), &headers, body).await;
    match taken(answer)? {
        Ok(response) => {
            let begun: Begun = crate::ask::read(response).await?;
            Ok(Redirect::to(&format!("/imports/{}", begun.id)).into_response())
        }
        Err(problem) => written(&visitor, Some(kind), problem.status(), Some(said(&problem, l))).await,
    }
}

/// What is wrong with an upload, for whoever stands before the form.
fn said(problem: &Problem, l: Words) -> String {
    match problem.code() {
        "too_large" => l.count(
            "文件超过 {} MB，无法导入。请删去图片或空白行后另存，或分成几个文件。",
            "The file is larger than {} MB. Save it without pictures and blank rows, or split it.",
            MOST_BYTES / (1024 * 1024),
        ),
        "idempotency_key_reused" => l
            .say(
                "这张表单刚才交过另一个文件，请重新选择文件。",
                "Another file was sent with this form; choose the file again.",
            )
            .to_owned(),
        "form_unfit" => l
            .say("没有收到文件，请选择一个 .xlsx 文件。", "No file arrived; choose an .xlsx file.")
            .to_owned(),
        _ => problem.detail.clone(),
    }
}

async fn written(
    visitor: &Visitor,
    kind: Option<Kind>,
    status: StatusCode,
    fault: Option<String>,
) -> Result<Response, Fault> {
    let runs = visitor.ask.get::<Items<Earlier>>("/v1/imports").await?;
    let tree = visitor.ask.get::<Items<Value>>("/v1/organisations").await?;
    let has_tree = !tree.items.is_empty();
    let kind = kind.unwrap_or(if has_tree { Kind::Roster } else { Kind::Organisation });
    page(
        status,
        &Start {
            frame: visitor.frame(),
            l: visitor.l,
            kinds: Kind::ALL,
            kind,
            key: Uuid::now_v7(),
            most_bytes: MOST_BYTES,
            needs_tree: !has_tree && kind != Kind::Organisation,
            fault,
            earlier: runs.items,
        },
    )
}

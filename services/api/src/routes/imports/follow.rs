//! How a run stands, and its report.

use axum::Json;
use axum::extract::{Extension, State};
use peiyu_language::Language;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Api;
use crate::door::Path;
use crate::door::page::Page;
use crate::imports::{Entry, Files, by_id, latest};
use crate::problem::{Code, Problem};

/// Runs listed.
const LISTED: i64 = 50;

/// How far a run has come.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProgressOf {
    /// Rows taken in.
    done: i32,
    /// Rows to be taken in.
    total: i32,
}

/// How a run stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportRun {
    /// The import's id.
    id: Uuid,
    /// `organisation`, `roster` or `talks`.
    kind: String,
    /// Whether nothing was written.
    dry_run: bool,
    /// `waiting`, `running`, `finished` or `failed`.
    state: String,
    /// How far it has come.
    progress: ProgressOf,
    /// What it came to, once finished; `conflicts_found` lists the first 1000 conflicts, kept for a week.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    report: Option<Value>,
    /// Why it failed, as a problem in the reader's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    problem: Option<Value>,
    /// Whether rejected rows can be fetched.
    rejects: bool,
}

impl ImportRun {
    fn new(entry: Entry, language: Language) -> Self {
        let Entry { id, kind, dry_run, state, done, total, report, problem, rejects } = entry;
        let problem = problem.and_then(|mut both| both.get_mut(language.tag()).map(Value::take));
        Self { id, kind, dry_run, state, progress: ProgressOf { done, total }, report, problem, rejects }
    }
}

/// How a run stands.
#[utoipa::path(get, path = "/v1/imports/{id}", tag = "imports", params(("id" = Uuid, Path)),
    responses((status = 200, body = ImportRun)))]
pub(crate) async fn follow(
    State(api): State<Api>,
    Extension(language): Extension<Language>,
    Path(id): Path<Uuid>,
) -> Result<Json<ImportRun>, Problem> {
    let entry = by_id(api.pool(), id).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
    let mut run = ImportRun::new(entry, language);
    if let Some(report) = run.report.as_mut().and_then(Value::as_object_mut) {
        let found = conflicts(&Files::of(&api, id), language).await?;
        report.insert("conflicts_found".to_owned(), found.into());
    }
    Ok(Json(run))
}

/// The conflicts of a run, each with its cure; none after they were swept away.
async fn conflicts(files: &Files, language: Language) -> Result<Vec<Value>, Problem> {
    let text = match tokio::fs::read(files.conflicts()).await {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Problem::internal(error)),
    };
    let mut found: Vec<Value> = serde_json::from_slice(&text).map_err(Problem::internal)?;
    for conflict in found.iter_mut().filter_map(Value::as_object_mut) {
        let kept_by = conflict.get("kept_by").and_then(Value::as_str).unwrap_or_default().to_owned();
        conflict.insert("cure".to_owned(), peiyu_language::word(language, "conflict_cure", &kept_by).into());
    }
    Ok(found)
}

/// The latest runs, newest first.
#[utoipa::path(get, path = "/v1/imports", tag = "imports", responses((status = 200, body = Page)))]
pub(crate) async fn list(
    State(api): State<Api>,
    Extension(language): Extension<Language>,
) -> Result<Json<Page>, Problem> {
    let mut items = Vec::new();
    for entry in latest(api.pool(), LISTED).await? {
        items.push(crate::door::page::row(&ImportRun::new(entry, language))?);
    }
    Ok(Json(Page::whole(items)))
}

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
use crate::imports::{Entry, by_id, latest};
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
    /// What it came to, once finished.
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
    Ok(Json(ImportRun::new(entry, language)))
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

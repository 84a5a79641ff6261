//! How a run stands, and its report.

use axum::Json;
use axum::extract::{Extension, State};
use peiyu_language::Language;
use peiyu_workbooks::{FieldOfColumn, Mappable};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Api;
use crate::door::Path;
use crate::door::page::Page;
use crate::imports::{Entry, Files, by_id, kind_of, latest, mappable};
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
    /// What it came to, once finished; `conflicts_found` lists the first 1000 conflicts; of a dry run each column has
    /// its first values as `examples`. Both are kept for a week.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    report: Option<Value>,
    /// Why it failed, as a problem in the reader's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    problem: Option<Value>,
    /// Whether rejected rows can be fetched.
    rejects: bool,
    /// When it was taken up, RFC 3339.
    created_at: String,
    /// Whether it is a dry run whose file can be taken in: `POST /v1/imports/{id}/confirm`.
    confirmable: bool,
    /// The run that took the file of this dry run in.
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed_by: Option<Uuid>,
    /// Of a dry run whose columns can be mapped by hand (`POST /v1/imports/{id}/again`): what they can be read as,
    /// each with `field`, `title` and `required`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    fields: Vec<FieldOfColumn>,
    /// Of a dry run that failed for its columns: what was found, as in a report's sheet, kept for a week.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    columns: Option<Value>,
}

impl ImportRun {
    fn new(entry: Entry, files: &Files, language: Language) -> Self {
        let Entry {
            id,
            kind,
            dry_run,
            state,
            done,
            total,
            report,
            problem,
            rejects,
            confirmed_by,
            created_at,
        } = entry;
        let is_kept = dry_run && confirmed_by.is_none() && files.upload().exists();
        let confirmable = is_kept && state == "finished";
        let is_mappable = confirmable || (is_kept && files.columns().exists());
        let mappable = kind_of(&kind).and_then(mappable).filter(|_| is_mappable);
        let problem = problem.and_then(|mut both| both.get_mut(language.tag()).map(Value::take));
        Self {
            id,
            kind,
            dry_run,
            state,
            progress: ProgressOf { done, total },
            report,
            problem,
            rejects,
            created_at,
            confirmable,
            confirmed_by,
            fields: mappable.into_iter().flat_map(Mappable::fields).collect(),
            columns: None,
        }
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
    let files = Files::of(&api, id);
    let mut run = ImportRun::new(entry, &files, language);
    if let Some(report) = run.report.as_mut().and_then(Value::as_object_mut) {
        report.insert("conflicts_found".to_owned(), conflicts(&files, language).await?.into());
        add_examples(report, &kept::<Vec<Value>>(&files.examples()).await?);
    }
    if let Some(columns) = kept::<Option<Value>>(&files.columns()).await? {
        let mut found = Map::from_iter([("sheets".to_owned(), Value::Array(vec![columns]))]);
        add_examples(&mut found, &kept::<Vec<Value>>(&files.examples()).await?);
        run.columns = found.get_mut("sheets").and_then(|sheets| sheets.get_mut(0)).map(Value::take);
    }
    Ok(Json(run))
}

/// The conflicts of a run, each with its cure; none after they were swept away.
async fn conflicts(files: &Files, language: Language) -> Result<Vec<Value>, Problem> {
    let mut found: Vec<Value> = kept(&files.conflicts()).await?;
    for conflict in found.iter_mut().filter_map(Value::as_object_mut) {
        let kept_by = conflict.get("kept_by").and_then(Value::as_str).unwrap_or_default().to_owned();
        conflict.insert("cure".to_owned(), peiyu_language::word(language, "conflict_cure", &kept_by).into());
    }
    Ok(found)
}

/// What a run left in a file beside the tables; nothing after it was swept away.
pub(super) async fn kept<T: DeserializeOwned + Default>(file: &std::path::Path) -> Result<T, Problem> {
    match tokio::fs::read(file).await {
        Ok(text) => serde_json::from_slice(&text).map_err(Problem::internal),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(T::default()),
        Err(error) => Err(Problem::internal(error)),
    }
}

/// Puts the first values of each column beside its title.
fn add_examples(report: &mut Map<String, Value>, examples: &[Value]) {
    let sheets = report.get_mut("sheets").and_then(Value::as_array_mut).into_iter().flatten();
    for sheet in sheets {
        let name = sheet.get("sheet").cloned();
        for list in ["mapping", "unknown_columns"] {
            let columns = sheet.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
            for column in columns.filter_map(Value::as_object_mut) {
                let letter = column.get("column").cloned();
                let of_column =
                    |one: &&Value| one.get("sheet") == name.as_ref() && one.get("column") == letter.as_ref();
                let values = examples.iter().find(of_column).and_then(|one| one.get("values"));
                if let Some(values) = values {
                    column.insert("examples".to_owned(), values.clone());
                }
            }
        }
    }
}

/// The latest runs, newest first.
#[utoipa::path(get, path = "/v1/imports", tag = "imports", responses((status = 200, body = Page)))]
pub(crate) async fn list(
    State(api): State<Api>,
    Extension(language): Extension<Language>,
) -> Result<Json<Page>, Problem> {
    let mut items = Vec::new();
    for entry in latest(api.pool(), LISTED).await? {
        let files = Files::of(&api, entry.id);
        let run = ImportRun::new(entry, &files, language);
        items.push(crate::door::page::row(&run)?);
    }
    Ok(Json(Page::whole(items)))
}

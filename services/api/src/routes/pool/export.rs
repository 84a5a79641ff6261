//! The list as one sees it, every page of it, as .xlsx: the same filter, order and columns.

use std::collections::HashSet;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use peiyu_language::{Language, word};
use peiyu_workbooks::WorkbookError;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::search::{Asked, Filter, SortBy, VIEWS, Way};
use crate::Api;
use crate::door::{After, Body, Caller};
use crate::problem::Problem;

/// What an .xlsx is called on the wire.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Rows that are fetched at once.
const AT_ONCE: i64 = 2000;

/// A column of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PoolColumn)]
pub(crate) enum Column {
    /// 姓名.
    Name,
    /// 工号.
    StaffNumber,
    /// 所在单位.
    Unit,
    /// 教研室.
    Room,
    /// 专业技术职务.
    Title,
    /// 类别.
    Categories,
    /// The liaison's name.
    Liaison,
    /// The last talk.
    LastTalk,
    /// What is due next.
    Duty,
    /// When.
    DueOn,
    /// How that stands.
    State,
}

impl Column {
    /// The columns unless others are chosen.
    const USUAL: [Self; 9] = [
        Self::Name,
        Self::StaffNumber,
        Self::Unit,
        Self::Categories,
        Self::Liaison,
        Self::LastTalk,
        Self::Duty,
        Self::DueOn,
        Self::State,
    ];

    fn title(self, language: Language) -> String {
        let field = match self {
            Self::Name => "name",
            Self::StaffNumber => "staff_number",
            Self::Unit => "unit",
            Self::Room => "room",
            Self::Title => "title",
            Self::Categories => "categories",
            Self::Liaison => "liaison",
            Self::LastTalk => "last_talk",
            Self::Duty => "duty",
            Self::DueOn => "due_on",
            Self::State => "state",
        };
        word(language, "pool_column", field)
    }

    /// The cell of a row as the list shows it.
    fn cell(self, row: &Value, language: Language) -> String {
        let text = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
        let said = |list: &str, field: &str| match row[field].as_str() {
            Some(code) => word(language, list, code),
            None => String::new(),
        };
        match self {
            Self::Name => text("name"),
            Self::StaffNumber => text("staff_number"),
            Self::Unit => text("unit"),
            Self::Room => text("room"),
            Self::Title => text("title"),
            Self::Categories => {
                let codes = row["categories"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let words: Vec<String> = codes.map(|code| word(language, "category", code)).collect();
                words.join(if language == Language::Zh { "、" } else { ", " })
            }
            Self::Liaison => text("liaison_name"),
            Self::LastTalk => text("last_talk"),
            Self::Duty => said("duty_kind", "duty"),
            Self::DueOn => text("due_on"),
            Self::State => said("duty_state", "state"),
        }
    }
}

/// What is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PoolExport)]
pub(crate) struct Exported {
    /// Whom.
    filter: Option<Filter>,
    /// By what sorted; `name` unless said otherwise.
    sort: Option<SortBy>,
    /// Which way; `asc` unless said otherwise.
    direction: Option<Way>,
    /// Which columns, in which order; the usual ones unless said otherwise.
    columns: Option<Vec<Column>>,
}

/// The whole list as .xlsx.
#[utoipa::path(post, path = "/v1/pool/export", tag = "pool", request_body = Exported,
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))]
pub(crate) async fn export(
    State(api): State<Api>,
    caller: Caller,
    after: After,
    Extension(language): Extension<Language>,
    Body(wanted): Body<Exported>,
) -> Result<Response, Problem> {
    let columns = columns(wanted.columns.unwrap_or_default())?;
    after.wait(&api, &VIEWS).await?;
    let asked = Asked::of(&api, &caller, wanted.filter, wanted.sort, wanted.direction).await?;
    let rows = every_row(&api, &asked, &columns, language).await?;
    let titles: Vec<String> = columns.iter().map(|column| column.title(language)).collect();
    let sheet = word(language, "pool_column", "sheet");
    let write = move || {
        let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
        peiyu_workbooks::write_table(&sheet, &titles, &rows)
    };
    attached("pool.xlsx", write).await
}

/// A workbook to be saved under a name; written where it holds up no other request.
pub(super) async fn attached(
    name: &str,
    write: impl FnOnce() -> Result<Vec<u8>, WorkbookError> + Send + 'static,
) -> Result<Response, Problem> {
    let written = tokio::task::spawn_blocking(write);
    let bytes = written.await.map_err(Problem::internal)?.map_err(Problem::internal)?;
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(XLSX)),
        (header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment"))),
    ];
    Ok((headers, bytes).into_response())
}

fn columns(asked: Vec<Column>) -> Result<Vec<Column>, Problem> {
    if asked.is_empty() {
        return Ok(Column::USUAL.to_vec());
    }
    let twice =
        asked.iter().enumerate().any(|(place, column)| asked.iter().skip(place + 1).any(|o| o == column));
    if twice {
        return Err(Problem::field_unfit("columns", "a column stands twice"));
    }
    Ok(asked)
}

/// The cells of every row, page by page. Whoever moves within the list meanwhile stands in it once.
async fn every_row(
    api: &Api,
    asked: &Asked,
    columns: &[Column],
    language: Language,
) -> Result<Vec<Vec<String>>, Problem> {
    let (mut cells, mut seen, mut after) = (Vec::new(), HashSet::new(), None);
    loop {
        let rows = asked.rows(api, after.as_ref(), AT_ONCE).await?;
        let Some(last) = rows.last() else { return Ok(cells) };
        after = Some(asked.behind(last));
        let is_last = i64::try_from(rows.len()).is_ok_and(|rows| rows < AT_ONCE);
        let shown = asked.as_shown().shown(api, &rows).await?;
        for (row, shown) in rows.iter().zip(&shown) {
            if seen.insert(row.id) {
                cells.push(columns.iter().map(|column| column.cell(shown, language)).collect());
            }
        }
        if is_last {
            return Ok(cells);
        }
    }
}

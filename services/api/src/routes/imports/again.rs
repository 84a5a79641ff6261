//! Checks the file of a dry run once more, with its columns as somebody says by hand, without its being sent again.

use std::collections::BTreeMap;

use axum::extract::State;
use peiyu_workbooks::Mapping;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::begin::{Accepted, Begun, answered, begun, note};
use super::confirm::{not_kept, sent_before};
use super::follow::kept;
use crate::Api;
use crate::door::{Command, Path};
use crate::imports::upload::MOST_MAPPING;
use crate::imports::{self, Confirmable, Files, Upload, mappable};
use crate::problem::{Code, Problem};

/// What the columns are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ColumnsByHand)]
pub(crate) struct ByHand {
    /// Title of a column to the field that it is, or `ignore`. What an earlier mapping said of others stays.
    columns: BTreeMap<String, String>,
}

/// Check the file of a dry run again, within a day, with its columns mapped by hand: another dry run.
#[utoipa::path(post, path = "/v1/imports/{id}/again", tag = "imports", request_body = ByHand,
    params(("id" = Uuid, Path, description = "Id of a dry run that has ended, well or not.")),
    responses((status = 202, body = Begun)))]
pub(crate) async fn again(
    State(api): State<Api>,
    Path(dry_run): Path<Uuid>,
    command: Command<ByHand>,
) -> Accepted {
    let (ByHand { columns }, request) = command.new_record();
    if let Some(earlier) = sent_before(&api, &request).await? {
        return begun(earlier);
    }
    let Some(checked) = imports::checked(api.pool(), dry_run).await? else {
        return Err(not_kept(&api, dry_run).await?);
    };
    if checked.confirmed_by.is_some() {
        return Err(Problem::new(Code::ImportNotKept));
    }
    let shown = shown(&api, dry_run).await?;
    let mapping = mapping(&checked, shown, columns)?;
    let id = Uuid::now_v7();
    let files = Files::of(&api, id);
    if let Err(error) = Files::of(&api, dry_run).lend(&files).await {
        files.remove().await;
        return Err(match error.kind() {
            std::io::ErrorKind::NotFound => Problem::new(Code::ImportNotKept),
            _ => Problem::internal(error),
        });
    }
    let upload = Upload {
        id,
        principal: request.actor.principal,
        command_id: request.command_id,
        digest: request.digest,
        kind: checked.kind,
        dry_run: true,
        mapping: Some(mapping),
        confirms: None,
    };
    answered(note(&api, upload).await, id, &files).await
}

/// Where the columns stand that were shown.
#[derive(Debug, Deserialize)]
struct Place {
    sheet: String,
    header_row: u32,
}

/// Where the columns of a dry run were found; nothing when none were.
async fn shown(api: &Api, dry_run: Uuid) -> Result<Option<Place>, Problem> {
    let found: Option<Place> = kept(&Files::of(api, dry_run).columns()).await?;
    if found.is_some() {
        return Ok(found);
    }
    let report = imports::by_id(api.pool(), dry_run).await?.and_then(|entry| entry.report);
    let sheet = report.and_then(|report| report.pointer("/sheets/0").cloned());
    sheet.map(serde_json::from_value).transpose().map_err(Problem::internal)
}

/// What was said before and what is said now of the columns that were shown, as a mapping file: mapped by hand, another
/// sheet might look the better one.
fn mapping(
    checked: &Confirmable,
    shown: Option<Place>,
    columns: BTreeMap<String, String>,
) -> Result<String, Problem> {
    let kind = mappable(checked.kind).ok_or_else(|| unfit("an organisation workbook takes no mapping"))?;
    let before = checked.mapping.as_deref().map_or_else(|| Ok(Mapping::default()), Mapping::from_toml);
    let mut mapping = before.map_err(Problem::internal)?.with_columns(columns);
    if let Some(Place { sheet, header_row }) = shown {
        (mapping.sheet, mapping.header_row) = (Some(sheet), Some(header_row));
    }
    kind.check(&mapping).map_err(|error| unfit(&error.to_string()))?;
    let text = mapping.to_toml().map_err(|error| unfit(&error.to_string()))?;
    if text.len() > MOST_MAPPING {
        return Err(Problem::with_facts(Code::TooLarge, json!({ "most": MOST_MAPPING })));
    }
    Ok(text)
}

fn unfit(fault: &str) -> Problem {
    Problem::field_unfit("columns", fault)
}

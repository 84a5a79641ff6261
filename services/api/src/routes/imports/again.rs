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
    let mapping = mapping(&checked, columns)?;
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

/// What was said before and what is said now, as a mapping file.
fn mapping(checked: &Confirmable, columns: BTreeMap<String, String>) -> Result<String, Problem> {
    let kind = mappable(checked.kind).ok_or_else(|| unfit("an organisation workbook takes no mapping"))?;
    let before = checked.mapping.as_deref().map_or_else(|| Ok(Mapping::default()), Mapping::from_toml);
    let mapping = before.map_err(Problem::internal)?.with_columns(columns);
    kind.check(&mapping).map_err(|error| unfit(&error.to_string()))?;
    let text = mapping.to_toml().map_err(|error| unfit(&error.to_string()))?;
    if text.len() > MOST_MAPPING {
        return Err(Problem::with_facts(Code::TooLarge, json!({ "most": MOST_MAPPING })));
    }
    Ok(text)
}

fn unfit(fault: &str) -> Problem {
    let facts = json!({ "field": "columns", "line": 1, "column": 1, "fault": fault });
    Problem::with_facts(Code::FieldUnfit, facts)
}

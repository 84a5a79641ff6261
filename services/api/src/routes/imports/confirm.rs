//! Takes in what a dry run has looked at, without the file being sent again.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::begin::{Accepted, Begun, answered, begun, note};
use crate::Api;
use crate::door::{Command, Path};
use crate::imports::{self, Confirmable, Files, Noted, Upload};
use crate::problem::{Code, Problem};

/// Nothing is needed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirmation {}

/// Take the file of a finished dry run in, within a day; however often it is confirmed, there is one run.
#[utoipa::path(post, path = "/v1/imports/{id}/confirm", tag = "imports", request_body = Confirmation,
    params(("id" = Uuid, Path, description = "Id of the dry run.")),
    responses((status = 202, body = Begun)))]
pub(crate) async fn confirm(
    State(api): State<Api>,
    Path(dry_run): Path<Uuid>,
    command: Command<Confirmation>,
) -> Accepted {
    let (Confirmation {}, request) = command.new_record();
    if let Some(earlier) = sent_before(&api, &request).await? {
        return begun(earlier);
    }
    let principal = request.actor.principal;
    let Confirmable { kind, mapping, confirmed_by } = confirmable(&api, dry_run).await?;
    if let Some(earlier) = confirmed_by {
        return begun(earlier);
    }
    let id = Uuid::now_v7();
    let (kept, files) = (Files::of(&api, dry_run), Files::of(&api, id));
    if let Err(error) = kept.lend(&files).await {
        files.remove().await;
        if error.kind() != std::io::ErrorKind::NotFound {
            return Err(Problem::internal(error));
        }
        // Gone, or just confirmed by somebody else.
        let earlier = confirmable(&api, dry_run).await?.confirmed_by;
        return earlier.map_or(Err(Problem::new(Code::ImportNotKept)), begun);
    }
    let upload = Upload {
        id,
        principal,
        command_id: request.command_id,
        digest: request.digest,
        kind,
        dry_run: false,
        mapping,
        confirms: Some(dry_run),
    };
    let noted = note(&api, upload).await;
    if matches!(noted, Ok(Noted::New)) {
        kept.remove().await;
    }
    answered(noted, id, &files).await
}

/// The run that this command began when it was sent before.
pub(super) async fn sent_before(
    api: &Api,
    request: &peiyu_application::Request,
) -> Result<Option<Uuid>, Problem> {
    let principal = request.actor.principal;
    match imports::noted(api.pool(), principal, request.command_id, &request.digest).await? {
        Some(Noted::Before(earlier)) => Ok(Some(earlier)),
        Some(Noted::Other) => Err(Problem::new(Code::IdempotencyKeyReused)),
        Some(Noted::New) | None => Ok(None),
    }
}

/// The dry run; another run, or one that failed, is none.
async fn confirmable(api: &Api, id: Uuid) -> Result<Confirmable, Problem> {
    match imports::confirmable(api.pool(), id).await? {
        Some(found) => Ok(found),
        None => Err(not_kept(api, id).await?),
    }
}

/// Why there is no dry run of that id to go on with.
pub(super) async fn not_kept(api: &Api, id: Uuid) -> Result<Problem, Problem> {
    let entry = imports::by_id(api.pool(), id).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
    let is_under_way = entry.dry_run && matches!(entry.state.as_str(), "waiting" | "running");
    Ok(Problem::new(if is_under_way { Code::ImportNotReady } else { Code::ImportNotKept }))
}

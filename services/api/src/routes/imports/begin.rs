//! Takes a file up; its run goes on in the background.

use axum::Json;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::StatusCode;
use peiyu_domain::import::ImportKind;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::Api;
use crate::door::command::CommandKey;
use crate::door::{Caller, Query};
use crate::imports::upload::{Received, receive};
use crate::imports::{self, Files, Noted, Upload};
use crate::problem::{Code, Problem};

/// What the file is.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct What {
    /// `organisation`, `roster` or `talks`.
    #[param(value_type = String)]
    kind: ImportKind,
    /// Whether nothing shall be written.
    #[serde(default)]
    dry_run: bool,
}

/// A run that was taken up.
#[derive(Serialize, ToSchema)]
pub(crate) struct Begun {
    /// Where to follow it: `GET /v1/imports/{id}`.
    pub(super) id: Uuid,
}

/// The answer to whoever begins a run.
pub(super) type Accepted = Result<(StatusCode, Json<Begun>), Problem>;

/// Take a file up: multipart with one part `file` (.xlsx, 64 MiB at most) and at most one part `mapping` (TOML).
#[utoipa::path(post, path = "/v1/imports", tag = "imports", params(What),
    request_body(content = Vec<u8>, content_type = "multipart/form-data"),
    responses((status = 202, body = Begun)))]
pub(crate) async fn begin(
    State(api): State<Api>,
    caller: Caller,
    Query(what): Query<What>,
    request: Request,
) -> Accepted {
    let key = request.extensions().get::<CommandKey>().copied();
    let CommandKey(command_id) = key.ok_or_else(|| Problem::new(Code::IdempotencyKeyMissing))?;
    let form = Multipart::from_request(request, &api).await;
    let mut form = form.map_err(|rejection| {
        Problem::with_facts(Code::FormUnfit, json!({ "fault": rejection.body_text() }))
    })?;
    let id = Uuid::now_v7();
    let files = Files::of(&api, id);
    let noted = match receive(&mut form, &files).await {
        Ok(received) if received.mapping.is_some() && what.kind == ImportKind::Organisation => {
            let fault = "an organisation workbook takes no mapping";
            Err(Problem::with_facts(Code::FormUnfit, json!({ "fault": fault })))
        }
        Ok(received) => note(&api, upload(&api, &caller, id, command_id, &what, received)).await,
        Err(problem) => Err(problem),
    };
    answered(noted, id, &files).await
}

/// The run that was noted; the files of an upload that begins none are removed.
pub(super) async fn answered(noted: Result<Noted, Problem>, id: Uuid, files: &Files) -> Accepted {
    if matches!(noted, Ok(Noted::New)) {
        return begun(id);
    }
    files.remove().await;
    match noted? {
        Noted::New => begun(id),
        Noted::Before(earlier) => begun(earlier),
        Noted::Other => Err(Problem::new(Code::IdempotencyKeyReused)),
    }
}

/// 202: the run goes on in the background.
pub(super) fn begun(id: Uuid) -> Accepted {
    Ok((StatusCode::ACCEPTED, Json(Begun { id })))
}

/// Notes the upload and starts its run in a task of its own: a client that goes away in between leaves no
/// upload that is noted and never run.
pub(super) async fn note(api: &Api, upload: Upload) -> Result<Noted, Problem> {
    let api = api.clone();
    let noting = tokio::spawn(async move {
        let noted = imports::insert(api.pool(), &upload).await?;
        if matches!(noted, Noted::New) {
            imports::start(&api, upload);
        }
        Ok::<_, sqlx::Error>(noted)
    });
    Ok(noting.await.map_err(Problem::internal)??)
}

fn upload(api: &Api, caller: &Caller, id: Uuid, command_id: Uuid, what: &What, received: Received) -> Upload {
    let Received { hash, mapping } = received;
    let text = [
        imports::word(what.kind).as_bytes(),
        &[u8::from(what.dry_run)],
        &hash,
        mapping.as_deref().unwrap_or_default().as_bytes(),
    ]
    .concat();
    Upload {
        id,
        principal: caller.actor().principal,
        command_id,
        digest: api.application().vault().keyed_hash_of_bytes("upload", &text),
        kind: what.kind,
        dry_run: what.dry_run,
        mapping,
        confirms: None,
    }
}

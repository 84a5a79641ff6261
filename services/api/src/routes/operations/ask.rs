//! Retrying and skipping from here: this process may not write read models, so it asks for it, and the projector, whose
//! they are, carries it out.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use peiyu_views::parked::{self, Asked, Do, Reason, Request, Scope};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::parked::{named, which};
use crate::Api;
use crate::door::Command;
use crate::problem::{Code, Problem};

/// Why, unless an operator says more.
const USUAL_REASON: &str = "retry";

/// What to retry; whatever is absent means all.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ParkedRetry)]
pub(crate) struct Retry {
    /// Of which read model.
    view: Option<String>,
    /// Of which kind of aggregate, such as `candidate`.
    kind: Option<String>,
    /// Of which id; then the read model must be said.
    stream: Option<Uuid>,
    /// Why, in at most 500 characters; it stays on record.
    reason: Option<String>,
}

/// Which event to pass over for good.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ParkedSkip)]
pub(crate) struct Skip {
    /// Of which read model.
    view: String,
    /// Kind of the stream's aggregate.
    kind: String,
    /// The stream.
    stream: Uuid,
    /// Position of the event: the first of the stream that waits.
    position: i64,
    /// Why, in at most 500 characters; it stays on record.
    reason: String,
}

/// A request that was noted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Requested {
    /// Where to follow it: `GET /v1/parked/requests/{id}`.
    id: Uuid,
}

type Accepted = Result<(StatusCode, Json<Requested>), Problem>;

/// Take in what waits, in order, once the cause is mended: one stream, those of a read model or of a kind, or all.
#[utoipa::path(post, path = "/v1/parked/retry", tag = "operations", request_body = Retry,
    responses((status = 202, body = Requested)))]
pub(crate) async fn retry(State(api): State<Api>, command: Command<Retry>) -> Accepted {
    let (wanted, request) = command.new_record();
    let why = reason(wanted.reason.as_deref().unwrap_or(USUAL_REASON))?;
    let view = wanted
        .view
        .as_deref()
        .map(|name| named(name).ok_or_else(|| Problem::field_unfit("view", "no read model")));
    let view = view.transpose()?;
    if let Some(kind) = &wanted.kind {
        known(kind)?;
    }
    if let Some(before) = noted(&api, &request).await? {
        return before;
    }
    let mut scope = Scope { view, kind: wanted.kind, stream: wanted.stream };
    if let Some(stream) = scope.stream {
        let view = view.ok_or_else(|| Problem::field_unfit("view", "needed with a stream"))?;
        scope.kind = Some(which(&api, view, stream, scope.kind.as_deref()).await?.aggregate);
    }
    ask(&api, request, Do::Retry, scope, why).await
}

/// Pass over the first event of a stream that waits, for good; what waits behind it is taken in at once.
#[utoipa::path(post, path = "/v1/parked/skip", tag = "operations", request_body = Skip,
    responses((status = 202, body = Requested)))]
pub(crate) async fn skip(State(api): State<Api>, command: Command<Skip>) -> Accepted {
    let (wanted, request) = command.new_record();
    let why = reason(&wanted.reason)?;
    let view = named(&wanted.view).ok_or_else(|| Problem::field_unfit("view", "no read model"))?;
    known(&wanted.kind)?;
    if let Some(before) = noted(&api, &request).await? {
        return before;
    }
    let which = which(&api, view, wanted.stream, Some(&wanted.kind)).await?;
    let first = parked::events(api.pool(), &which, 0, 1).await?.pop();
    if first.is_none_or(|first| first.position != wanted.position) {
        return Err(Problem::with_facts(Code::NotFirstParked, json!({ "position": wanted.position })));
    }
    let scope = Scope { view: Some(view), kind: Some(which.aggregate), stream: Some(which.stream) };
    ask(&api, request, Do::Skip { position: wanted.position }, scope, why).await
}

/// The answer to a command that was sent before: whatever waits by now, it is the same.
async fn noted(api: &Api, request: &peiyu_application::Request) -> Result<Option<Accepted>, Problem> {
    let principal = request.actor.principal;
    let before = parked::asked(api.pool(), principal, request.command_id, &request.digest).await?;
    Ok(before.map(|before| answered(request.command_id, before)))
}

async fn ask(
    api: &Api,
    command: peiyu_application::Request,
    what: Do,
    scope: Scope,
    why: Reason,
) -> Accepted {
    let principal = command.actor.principal;
    // An id of ours: it names an account and no person.
    let who = if principal == api.application().operator().principal {
        "operator".to_owned()
    } else {
        format!("account {principal}")
    };
    let id = Uuid::now_v7();
    let command_id = command.command_id;
    let request = Request { id, principal, command_id, digest: command.digest, what, scope, who, why };
    answered(id, parked::ask(api.pool(), &request).await?)
}

fn answered(id: Uuid, asked: Asked) -> Accepted {
    match asked {
        Asked::New => Ok((StatusCode::ACCEPTED, Json(Requested { id }))),
        Asked::Before(id) => Ok((StatusCode::ACCEPTED, Json(Requested { id }))),
        Asked::Other => Err(Problem::new(Code::IdempotencyKeyReused)),
    }
}

fn reason(words: &str) -> Result<Reason, Problem> {
    Reason::new(words)
        .ok_or_else(|| Problem::field_unfit("reason", &format!("1 to {} characters", Reason::MOST)))
}

fn known(kind: &str) -> Result<(), Problem> {
    if parked::kinds().contains(kind) {
        Ok(())
    } else {
        Err(Problem::field_unfit("kind", "no kind of aggregate"))
    }
}

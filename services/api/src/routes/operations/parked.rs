//! Streams that wait behind a bad event: which, how many, and their events; never their content.

use axum::Json;
use axum::extract::State;
use peiyu_views::View;
use peiyu_views::parked::{self, ParkedStream, Scope, Which};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::Api;
use crate::door::page::{decode, encode, limit};
use crate::door::{Path, Query};
use crate::problem::{Code, Problem};

/// Events of a stream that are shown.
const MOST_EVENTS: i64 = 200;

/// Which of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Of which read model; of all when absent.
    view: Option<String>,
    /// Of which kind of aggregate, such as `candidate`; of all when absent.
    kind: Option<String>,
    /// Of which id; of all when absent.
    stream: Option<Uuid>,
    /// Whether to count all that there are.
    count: Option<bool>,
    /// Rows at most, 1 to 200.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Which kind, when several streams share the id.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Kind {
    /// Kind of the aggregate, such as `candidate`.
    kind: Option<String>,
}

/// A page of parked streams.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ParkedPage {
    /// Streams.
    #[schema(value_type = Vec<Object>)]
    items: Vec<Value>,
    /// To be sent back as `cursor`; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// All that wait, when that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<Total>,
}

/// How much waits.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ParkedTotal)]
pub(crate) struct Total {
    /// Streams.
    streams: i64,
    /// Events of theirs.
    events: i64,
}

/// Parked streams by read model, each by the position of its first event that waits.
#[utoipa::path(get, path = "/v1/parked", tag = "operations", params(Wanted),
    responses((status = 200, body = ParkedPage)))]
pub(crate) async fn list(
    State(api): State<Api>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<ParkedPage>, Problem> {
    let limit = limit(wanted.limit)?;
    let view = wanted.view.as_deref().map(|name| named(name).ok_or_else(|| unfit("view"))).transpose()?;
    if wanted.kind.as_deref().is_some_and(|kind| !parked::kinds().contains(kind)) {
        return Err(unfit("kind"));
    }
    let scope = Scope { view, kind: wanted.kind, stream: wanted.stream };
    let views: Vec<View> = scope.views().collect();
    let cursor: Option<(String, i64)> = wanted.cursor.as_deref().map(decode).transpose()?;
    let (first, mut after) = match &cursor {
        Some((name, position)) => (views.iter().position(|view| view.name() == name), *position),
        None => (Some(0), 0),
    };
    let first = first.ok_or_else(|| unfit("cursor"))?;
    let mut found: Vec<ParkedStream> = Vec::new();
    for view in views.iter().skip(first) {
        let left = limit - i64::try_from(found.len()).unwrap_or(limit);
        if left <= 0 {
            break;
        }
        found.extend(parked::list(api.pool(), *view, &scope, after, left).await?);
        after = 0;
    }
    let full = i64::try_from(found.len()).is_ok_and(|found| found >= limit);
    let next_cursor = found.last().filter(|_| full).map(|last| encode(&(last.view.name(), last.position)));
    let total = match wanted.count {
        Some(true) => Some(parked::count(api.pool(), &scope).await?),
        Some(false) | None => None,
    };
    let total = total.map(|counts| Total { streams: counts.streams, events: counts.events });
    Ok(Json(ParkedPage { items: found.iter().map(outline).collect(), next_cursor, total }))
}

/// The events of a parked stream that wait, in order, at most 200, and the commands that retry or skip.
#[utoipa::path(get, path = "/v1/parked/{view}/{stream}", tag = "operations",
    params(("view" = String, Path), ("stream" = Uuid, Path), Kind), responses((status = 200, body = Object)))]
pub(crate) async fn show(
    State(api): State<Api>,
    Path((view, stream)): Path<(String, Uuid)>,
    Query(wanted): Query<Kind>,
) -> Result<Json<Value>, Problem> {
    let view = named(&view).ok_or_else(|| Problem::new(Code::NotFound))?;
    let which = which(&api, view, stream, wanted.kind.as_deref()).await?;
    let waiting = parked::events(api.pool(), &which, 0, MOST_EVENTS).await?;
    let positions: Vec<i64> = waiting.iter().map(|event| event.position).collect();
    let recorded = api.application().store().feed_events(&positions).await?;
    let events = waiting.iter().zip(&recorded).map(|(event, recorded)| {
        json!({
            "position": event.position, "event_id": event.event_id, "event": recorded.event_type,
            "version": recorded.event_version, "sequence": recorded.sequence,
            "recorded_at": recorded.metadata.recorded_at, "reason": event.reason,
        })
    });
    let events: Vec<Value> = events.collect();
    Ok(Json(json!({
        "view": view.name(), "kind": which.aggregate, "stream": which.stream, "events": events,
        "commands": commands(&which, positions.first().copied()),
    })))
}

/// The first stream of that id (and kind) that waits; 404 when none does.
pub(super) async fn which(api: &Api, view: View, stream: Uuid, kind: Option<&str>) -> Result<Which, Problem> {
    let found = parked::of_id(api.pool(), view, stream).await?;
    let mut found = found.into_iter().filter(|which| kind.is_none_or(|kind| which.aggregate == kind));
    found.next().ok_or_else(|| Problem::new(Code::NotFound))
}

/// What an operator types beside the data.
fn commands(which: &Which, first: Option<i64>) -> Value {
    let (view, stream) = (which.view.name(), which.stream);
    let position = first.unwrap_or_default();
    json!({
        "retry": format!("peiyu parked retry {view} {stream} --kind {} --reason '…'", which.aggregate),
        "skip": format!(
            "peiyu parked skip {view} {stream} --kind {} --position {position} --reason '…'", which.aggregate
        ),
    })
}

fn outline(stream: &ParkedStream) -> Value {
    json!({
        "view": stream.view.name(), "kind": stream.aggregate, "stream": stream.stream,
        "position": stream.position, "event_id": stream.event_id, "reason": stream.reason,
        "events": stream.events,
    })
}

/// The read model of that name.
pub(super) fn named(name: &str) -> Option<View> {
    View::ALL.iter().copied().find(|view| view.name() == name)
}

fn unfit(parameter: &str) -> Problem {
    Problem::with_facts(Code::ParameterUnfit, json!({ "fault": parameter }))
}

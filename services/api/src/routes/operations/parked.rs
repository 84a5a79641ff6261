//! Streams that wait behind a bad event: which, and their events; never their content. Retrying and skipping
//! write read models, which this process has no right to: the command that does it stands beside each stream.

use axum::Json;
use axum::extract::State;
use peiyu_views::View;
use peiyu_views::parked::{self, ParkedStream, Which};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::Api;
use crate::door::page::{Page, decode, encode, limit};
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

/// Parked streams by read model, each by the position of its first event that waits.
#[utoipa::path(get, path = "/v1/parked", tag = "operations", params(Wanted),
    responses((status = 200, body = Page)))]
pub(crate) async fn list(
    State(api): State<Api>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page>, Problem> {
    let limit = limit(wanted.limit)?;
    let views = match wanted.view.as_deref() {
        Some(name) => vec![named(name)?],
        None => View::ALL.to_vec(),
    };
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
        found.extend(parked::list(api.pool(), *view, after, left).await?);
        after = 0;
    }
    let full = i64::try_from(found.len()).is_ok_and(|found| found >= limit);
    let next_cursor = found.last().filter(|_| full).map(|last| encode(&(last.view.name(), last.position)));
    Ok(Json(Page { items: found.iter().map(outline).collect(), next_cursor }))
}

/// The events of a parked stream that wait, in order, at most 200, and the commands that retry or skip.
#[utoipa::path(get, path = "/v1/parked/{view}/{stream}", tag = "operations",
    params(("view" = String, Path), ("stream" = Uuid, Path), Kind), responses((status = 200, body = Object)))]
pub(crate) async fn show(
    State(api): State<Api>,
    Path((view, stream)): Path<(String, Uuid)>,
    Query(wanted): Query<Kind>,
) -> Result<Json<Value>, Problem> {
    let view = View::ALL.iter().find(|known| known.name() == view);
    let view = *view.ok_or_else(|| Problem::new(Code::NotFound))?;
    let mut found = parked::of_id(api.pool(), view, stream).await?;
    if let Some(kind) = &wanted.kind {
        found.retain(|which| which.aggregate == *kind);
    }
    let which = found.into_iter().next().ok_or_else(|| Problem::new(Code::NotFound))?;
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

/// What an operator types beside the data.
fn commands(which: &Which, first: Option<i64>) -> Value {
    let (view, stream) = (which.view.name(), which.stream);
    let position = first.unwrap_or_default();
    json!({
        "retry": format!("peiyu parked retry {view} {stream} --reason '…'"),
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

fn named(name: &str) -> Result<View, Problem> {
    View::ALL.iter().copied().find(|view| view.name() == name).ok_or_else(|| unfit("view"))
}

fn unfit(parameter: &str) -> Problem {
    Problem::with_facts(Code::ParameterUnfit, json!({ "fault": parameter }))
}

//! What operators asked for about parked events: how it stands, with exact counts, and where it got stuck.

use axum::Json;
use axum::extract::State;
use peiyu_views::parked::{self, Do, Standing, Stuck};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Api;
use crate::door::Path;
use crate::door::page::{Page, row};
use crate::problem::{Code, Problem};

/// Requests listed.
const LISTED: i64 = 50;
/// Stuck streams shown.
const MOST_STUCK: i64 = 200;

/// How a request stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ParkedRequest {
    /// Its id.
    id: Uuid,
    /// `retry` or `skip`.
    what: &'static str,
    /// Of which read model; of all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    view: Option<String>,
    /// Of which kind of aggregate; of all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// Of which id; of all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<Uuid>,
    /// Of the event to be skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<i64>,
    /// Whose request it is: `operator`, or an account's id.
    who: String,
    /// Why.
    reason: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    asked_at: jiff::Timestamp,
    /// `waiting` (no projector has begun), `running`, `finished`, or `failed`: not carried out to the end, though what
    /// `skipped` and `applied` count was done and stays.
    state: &'static str,
    /// Requests that were asked for before and are carried out first, while it waits.
    ahead: i64,
    /// Seconds since a projector's last sign of work on any request, or since it was asked for.
    silent_seconds: i64,
    /// Why it failed (`not_first_parked`: the event was another by then), or why it goes on no further for now.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    /// Events passed over for good.
    skipped: i64,
    /// Events taken in.
    applied: i64,
    /// Streams that go on.
    streams_open: i64,
    /// Streams that are stuck again.
    streams_stuck: i64,
    /// The first 200 of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    stuck: Vec<Value>,
}

impl ParkedRequest {
    fn new(standing: Standing, stuck: &[Stuck]) -> Self {
        let (what, position) = match standing.what {
            Do::Retry => ("retry", None),
            Do::Skip { position } => ("skip", Some(position)),
        };
        Self {
            id: standing.id,
            what,
            view: standing.view,
            kind: standing.kind,
            stream: standing.stream,
            position,
            who: standing.who,
            reason: standing.why,
            asked_at: standing.asked_at,
            state: standing.state,
            ahead: standing.ahead,
            silent_seconds: standing.silent_seconds,
            fault: standing.fault,
            skipped: standing.skipped,
            applied: standing.applied,
            streams_open: standing.open,
            streams_stuck: standing.stuck,
            stuck: stuck.iter().map(as_json).collect(),
        }
    }
}

/// How a retry or skip stands that was asked for.
#[utoipa::path(get, path = "/v1/parked/requests/{id}", tag = "operations", params(("id" = Uuid, Path)),
    responses((status = 200, body = ParkedRequest)))]
pub(crate) async fn show(
    State(api): State<Api>,
    Path(id): Path<Uuid>,
) -> Result<Json<ParkedRequest>, Problem> {
    let standing = parked::standing(api.pool(), id).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
    let stuck = parked::stuck(api.pool(), id, MOST_STUCK).await?;
    Ok(Json(ParkedRequest::new(standing, &stuck)))
}

/// The latest 50, newest first.
#[utoipa::path(get, path = "/v1/parked/requests", tag = "operations", responses((status = 200, body = Page)))]
pub(crate) async fn list(State(api): State<Api>) -> Result<Json<Page>, Problem> {
    let latest = parked::latest(api.pool(), LISTED).await?;
    let items = latest.into_iter().map(|standing| row(&ParkedRequest::new(standing, &[])));
    Ok(Json(Page::whole(items.collect::<Result<_, _>>()?)))
}

fn as_json(stuck: &Stuck) -> Value {
    json!({
        "view": stuck.view, "kind": stuck.kind, "stream": stuck.stream, "position": stuck.position,
        "reason": stuck.reason, "events": stuck.events,
    })
}

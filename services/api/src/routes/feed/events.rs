//! The feed: every event in its one order, as CloudEvents lines.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use crate::Api;
use crate::door::Query;
use crate::problem::{Code, Problem};

/// Most events of one answer.
const MOST: i64 = 10_000;
/// About as many bytes an answer holds at most.
const MOST_BYTES: i64 = 16 * 1024 * 1024;

/// From where, and how many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct From {
    /// Position of the last event that one has; 0 to begin.
    #[serde(default)]
    after: i64,
    /// At most so many events (1 to 10,000).
    #[serde(default = "From::default_limit")]
    #[param(minimum = 1, maximum = 10000, default = 1000)]
    limit: i64,
}

impl From {
    fn default_limit() -> i64 {
        1000
    }
}

/// Events after a position, one CloudEvents 1.0 object a line; `Peiyu-Head` and `Peiyu-Epoch` say where the feed
/// ends. Personal fields are sealed.
#[utoipa::path(get, path = "/v1/events", tag = "feed", params(From),
    responses((status = 200, description = "CloudEvents, one a line.", content_type = "application/x-ndjson")))]
pub(crate) async fn events(State(api): State<Api>, Query(from): Query<From>) -> Result<Response, Problem> {
    if from.after < 0 || !(1..=MOST).contains(&from.limit) {
        return Err(Problem::with_facts(Code::ParameterUnfit, json!({ "fault": "after or limit" })));
    }
    let store = api.application().store();
    let head = store.feed_head().await?;
    let events = store.feed_page(from.after, from.limit, MOST_BYTES).await?;
    let mut lines = Vec::new();
    for event in events {
        let event = event.to_cloud_event(api.application().tenant(), head.epoch);
        serde_json::to_writer(&mut lines, &event).map_err(Problem::internal)?;
        lines.push(b'\n');
    }
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson")),
        (header::HeaderName::from_static("peiyu-head"), HeaderValue::from(head.position)),
        (header::HeaderName::from_static("peiyu-epoch"), HeaderValue::from(head.epoch)),
    ];
    Ok((headers, Body::from(lines)).into_response())
}

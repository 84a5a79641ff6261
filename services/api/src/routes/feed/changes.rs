//! That something changed, as a stream for pages.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

use crate::Api;
use crate::live;
use crate::problem::Problem;

/// Stays open (server-sent events). Says `ready` once changes will be told; `data` is where the feed ends. Then says
/// `changed` whenever the read models show something new, at most once a second; `data` is the position that they
/// show. It says nothing else: whoever wants to know what changed asks.
#[utoipa::path(get, path = "/v1/changes", tag = "feed",
    responses((status = 200, description = "A stream that stays open.", content_type = "text/event-stream", body = String)))]
pub(crate) async fn changes(State(api): State<Api>, headers: HeaderMap) -> Result<Response, Problem> {
    let stream = live::changes(&api, headers)?;
    let unbuffered = [("x-accel-buffering", "no"), ("cache-control", "no-store")];
    Ok((unbuffered, stream).into_response())
}

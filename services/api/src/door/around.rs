//! Around every request: an id, a span and metrics without personal data, a limit on time and on how many are
//! under way, and the problem written out in the reader's language.

use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use peiyu_language::Language;
use peiyu_platform::trace::{self, TraceParent};
use tracing::Instrument;
use tracing::field::Empty;
use uuid::Uuid;

use super::render::{self, Reader};
use crate::Api;
use crate::metric;
use crate::problem::{Code, Problem};

/// Requests under way at once; more are sent away with 503.
pub(crate) const MOST_AT_ONCE: usize = 512;
/// How long a request may take.
const TIME: Duration = Duration::from_secs(30);
/// How long an upload of 64 MiB may take.
const UPLOAD_TIME: Duration = Duration::from_secs(300);

/// The request's id, for the log and for whoever asks about it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestId(pub(crate) Uuid);

/// The outermost layer.
pub(crate) async fn around(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let matched = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let route = matched.unwrap_or_else(|| "unmatched".to_owned());
    let method = request.method().clone();
    let id = Uuid::now_v7();
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let reader = Reader {
        language: Language::negotiate(accepted),
        instance: request.uri().path().to_owned(),
        request: id.to_string(),
    };
    request.extensions_mut().insert(RequestId(id));
    request.extensions_mut().insert(reader.language);
    request.extensions_mut().insert(api.clone());
    let span =
        tracing::info_span!("request", %method, route, request = %id, trace_id = Empty, status = Empty);
    let trace = trace::begin(&span, caller_of(&request));
    span.record("trace_id", trace.trace_id());
    let answered = limited(&api, request, next, &route).instrument(span.clone());
    let response = trace::scope(trace, answered).await;
    let mut response = span.in_scope(|| render::render(response, &reader));
    if let Ok(value) = HeaderValue::from_str(&reader.request) {
        response.headers_mut().insert("x-request-id", value);
    }
    span.record("status", response.status().as_u16());
    let labels = [
        ("method", method.as_str().to_owned()),
        ("route", route),
        ("status", response.status().as_u16().to_string()),
    ];
    metrics::counter!(metric::REQUESTS, &labels).increment(1);
    metrics::histogram!(metric::REQUEST_SECONDS, &labels[..2]).record(begun.elapsed().as_secs_f64());
    response
}

/// The trace that goes on here: of the page that asks within this process, else the one that was sent.
fn caller_of(request: &Request) -> Option<TraceParent> {
    let sent = request.headers().get("traceparent").and_then(|value| value.to_str().ok());
    trace::current().or_else(|| sent.and_then(TraceParent::parse))
}

async fn limited(api: &Api, request: Request, next: Next, route: &str) -> Response {
    let Ok(_permit) = api.under_way().try_acquire() else {
        return Problem::new(Code::Overloaded).into_response();
    };
    let time = if route == "/v1/imports" { UPLOAD_TIME } else { TIME };
    match tokio::time::timeout(time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(Code::Timeout).into_response(),
    }
}

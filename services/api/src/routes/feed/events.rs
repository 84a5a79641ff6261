//! The feed: every event in its one order, as CloudEvents lines or as a stream that stays open.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use peiyu_contracts::Recorded;
use peiyu_domain::AnyEvent;
use peiyu_store::FeedHead;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use crate::Api;
use crate::door::Query;
use crate::live::{self, Opening};
use crate::problem::{Code, Problem};

/// Most events of one answer.
const MOST: i64 = 10_000;
/// Events of one answer unless asked otherwise.
const USUAL: i64 = 1000;
/// About as many bytes an answer holds at most.
const MOST_BYTES: i64 = 16 * 1024 * 1024;

/// From where, how many, and which.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct From {
    /// Position of the last event that one has; 0 to begin.
    #[serde(default)]
    after: i64,
    /// At most so many events are looked at (1 to 10,000); not for `text/event-stream`.
    #[param(minimum = 1, maximum = 10000, default = 1000)]
    limit: Option<i64>,
    /// Only these, as `<aggregate>.<EventName>` with commas between: `candidate.TalkRecorded,member.MembershipChanged`.
    #[serde(default)]
    types: String,
    /// Epoch in which `after` was counted. When another one has begun since, the answer is 409 `epoch_changed`, which
    /// says up to which position both have the same events.
    epoch: Option<i32>,
}

/// Events after a position, one CloudEvents 1.0 object a line; `Peiyu-Head` and `Peiyu-Epoch` say where the feed
/// ends, `Peiyu-Position` up to where this answer has looked (the next `after`). Personal fields are sealed.
///
/// With `Accept: text/event-stream` the answer stays open (server-sent events): each event's `data` is the same
/// object, its `id` is `<epoch>-<position>`. It goes on after `Last-Event-ID`, else after `after`; a comment comes
/// at least every 15 s. A last event named `end` says why it ends: `shutdown`, `rights`, `epoch_changed` or
/// `unavailable`. An id of another epoch is refused with 409 `epoch_changed`: a backup was restored.
#[utoipa::path(get, path = "/v1/events", tag = "feed",
    params(From, ("Last-Event-ID" = Option<String>, Header, description = "`<epoch>-<position>` of the last event \
        that one has; only with `Accept: text/event-stream`.")),
    responses((status = 200, description = "CloudEvents, one a line, or a stream that stays open.",
        content((String = "application/x-ndjson"), (String = "text/event-stream")))))]
pub(crate) async fn events(
    State(api): State<Api>,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let types = types(&from.types)?;
    if from.after < 0 {
        return Err(unfit("after: 0 or more"));
    }
    if wants_stream(&headers) {
        return open(&api, &from, types, headers).await;
    }
    let limit = from.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(unfit("limit: 1 to 10000"));
    }
    let store = api.application().store();
    let head = store.feed_head().await?;
    super::epoch::check(&api, from.epoch, head).await?;
    let events = store.feed_page(from.after, limit, MOST_BYTES).await?;
    let position = events.last().map_or(from.after, |event| event.position);
    let mut lines = Vec::new();
    for event in events.iter().filter(|event| is_wanted(event, &types)) {
        let event = event.to_cloud_event(api.application().tenant(), head.epoch);
        serde_json::to_writer(&mut lines, &event).map_err(Problem::internal)?;
        lines.push(b'\n');
    }
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    let position = (HeaderName::from_static("peiyu-position"), HeaderValue::from(position));
    Ok(([kind, position], ends_at(head), Body::from(lines)).into_response())
}

/// The stream that stays open.
async fn open(
    api: &Api,
    from: &From,
    types: BTreeSet<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if from.limit.is_some() {
        return Err(unfit("limit: not for text/event-stream"));
    }
    let head = api.application().store().feed_head().await?;
    let after = match last_event_id(&headers)? {
        Some((epoch, position)) => {
            super::epoch::check(api, Some(epoch), head).await?;
            position
        }
        None => {
            super::epoch::check(api, from.epoch, head).await?;
            from.after
        }
    };
    if after > head.position {
        return Err(unfit(&format!("after: the feed ends at {}", head.position)));
    }
    let stream = live::open(api, Opening { after, types, headers, head })?;
    // Proxies shall hand each event on at once.
    let unbuffered = [("x-accel-buffering", "no"), ("cache-control", "no-store")];
    Ok((ends_at(head), unbuffered, stream).into_response())
}

fn ends_at(head: FeedHead) -> [(HeaderName, HeaderValue); 2] {
    [
        (HeaderName::from_static("peiyu-head"), HeaderValue::from(head.position)),
        (HeaderName::from_static("peiyu-epoch"), HeaderValue::from(head.epoch)),
    ]
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let mut accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.any(|value| value.split(',').any(|kind| kind.trim().starts_with("text/event-stream")))
}

/// `<epoch>-<position>`.
fn last_event_id(headers: &HeaderMap) -> Result<Option<(i32, i64)>, Problem> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let id = value.to_str().ok().and_then(|text| {
        let (epoch, position) = text.trim().split_once('-')?;
        Some((epoch.parse().ok()?, position.parse().ok().filter(|position| *position >= 0)?))
    });
    let unfit = || {
        let facts = json!({ "header": "Last-Event-ID", "fault": "not <epoch>-<position>" });
        Problem::with_facts(Code::HeaderUnfit, facts)
    };
    id.map(Some).ok_or_else(unfit)
}

/// The names asked for; each must be one that there is, lest somebody wait for ever for a mistyped one.
fn types(text: &str) -> Result<BTreeSet<String>, Problem> {
    let asked = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    asked
        .map(|name| {
            let known = name.split_once('.').is_some_and(|(aggregate, event)| {
                AnyEvent::names().any(|(of, names)| of == aggregate && names.contains(&event))
            });
            if known {
                Ok(name.to_owned())
            } else {
                Err(unfit("types: see <aggregate>.<EventName> in asyncapi.yaml"))
            }
        })
        .collect()
}

fn is_wanted(event: &Recorded, types: &BTreeSet<String>) -> bool {
    types.is_empty() || types.contains(&format!("{}.{}", event.aggregate_type, event.event_type))
}

fn unfit(fault: &str) -> Problem {
    Problem::with_facts(Code::ParameterUnfit, json!({ "fault": fault }))
}

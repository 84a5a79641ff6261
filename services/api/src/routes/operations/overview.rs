//! How the system fares: what this process depends on, feed, read models, reminders.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use peiyu_platform::health::Dependency;
use peiyu_views::checkpoint::{self, Position};
use peiyu_views::{parked, reminders};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::Api;
use crate::door::page::row;
use crate::problem::Problem;

/// Claims without an end that are counted.
const MOST_CLAIMS: i64 = 200;

/// How the system fares at one moment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Operations {
    /// Whether everything that this process depends on answers.
    ready: bool,
    /// What this process depends on, by name: `name`, `condition`, `since`, `reason`. Services that run as
    /// processes of their own say it themselves, at their own `/readyz`.
    #[schema(value_type = Vec<Object>)]
    dependencies: Vec<Value>,
    /// The feed.
    feed: Feed,
    /// Each read model.
    read_models: Vec<ReadModel>,
    /// Reminders.
    reminders: Reminding,
}

/// The feed of events.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Feed {
    /// Last position given.
    head: i64,
    /// Life of the feed between two restores, from 1.
    epoch: i32,
    /// Committed events that still wait for their position, counted up to 100,000.
    waiting: i64,
    /// How long the oldest of them has waited, in seconds of real time.
    waiting_seconds: u64,
}

/// How far a read model has come.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReadModel {
    /// Its name.
    view: &'static str,
    /// Last feed position that it has taken in.
    position: i64,
    /// Events that it has not taken in yet.
    behind: i64,
    /// Age in seconds of the oldest of them; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    behind_seconds: Option<i64>,
    /// Streams that wait because of a bad event.
    parked_streams: i64,
    /// Events of theirs.
    parked_events: i64,
    /// Events that operators decided to pass over, ever.
    skipped_events: i64,
}

/// What the record says of the notifier.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Reminding {
    /// When a digest was last taken on; absent before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_claimed_at: Option<Timestamp>,
    /// Digests that were taken on and have no end yet, counted up to 200.
    unfinished: usize,
}

/// How the system fares, as far as the database and this process know.
#[utoipa::path(get, path = "/v1/operations", tag = "operations", responses((status = 200, body = Operations)))]
pub(crate) async fn overview(State(api): State<Api>) -> Result<Json<Operations>, Problem> {
    let store = api.application().store();
    let head = store.feed_head().await?;
    let backlog = store.unsequenced_backlog().await?;
    let mut read_models = Vec::new();
    for position in checkpoint::positions(api.pool()).await? {
        read_models.push(read_model(&api, position, head.position).await?);
    }
    let now = api.application().clock().now();
    let health = api.health();
    let dependencies: Result<Vec<Value>, Problem> = health.dependencies().iter().map(told).collect();
    Ok(Json(Operations {
        ready: health.is_ready(),
        dependencies: dependencies?,
        feed: Feed {
            head: head.position,
            epoch: head.epoch,
            waiting: backlog.count,
            waiting_seconds: backlog.age.as_secs(),
        },
        read_models,
        reminders: Reminding {
            last_claimed_at: reminders::last_claimed_at(api.pool()).await?,
            unfinished: reminders::unfinished(api.pool(), now, MOST_CLAIMS).await?.len(),
        },
    }))
}

/// A dependency as `/readyz` tells it, with the service that it belongs to.
fn told(dependency: &Dependency) -> Result<Value, Problem> {
    let mut told = row(dependency)?;
    let (service, _) = dependency.name.split_once('.').unwrap_or((dependency.name.as_str(), ""));
    if let Some(fields) = told.as_object_mut() {
        fields.insert("service".to_owned(), json!(service));
    }
    Ok(told)
}

async fn read_model(api: &Api, position: Position, head: i64) -> Result<ReadModel, Problem> {
    let counts = parked::count(api.pool(), &position.view.into()).await?;
    let behind = (head - position.position).max(0);
    let behind_seconds = match behind {
        0 => None,
        _ => {
            let next = api.application().store().feed_at(position.position + 1).await?;
            let now = api.application().clock().now();
            next.map(|next| now.duration_since(next.metadata.recorded_at).as_secs().max(0))
        }
    };
    Ok(ReadModel {
        view: position.view.name(),
        position: position.position,
        behind,
        behind_seconds,
        parked_streams: counts.streams,
        parked_events: counts.events,
        skipped_events: counts.skipped,
    })
}

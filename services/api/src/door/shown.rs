//! Read your own write: a query waits until the read models it asks have passed the event in `Peiyu-After`.

use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use peiyu_views::{View, checkpoint};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::Api;
use crate::problem::{Code, Problem};

/// Longest wait.
const LONGEST: Duration = Duration::from_secs(2);
/// Between two looks for an event without position.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// The event that a query should show, if one was named.
#[derive(Debug, Clone, Copy)]
pub(crate) struct After(Option<Uuid>);

impl<S: Send + Sync> FromRequestParts<S> for After {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get("peiyu-after") else { return Ok(Self(None)) };
        let event = value.to_str().ok().and_then(|text| Uuid::try_parse(text.trim()).ok());
        let unfit = || {
            Problem::with_facts(Code::HeaderUnfit, json!({ "header": "Peiyu-After", "fault": "not a UUID" }))
        };
        event.map(|event| Self(Some(event))).ok_or_else(unfit)
    }
}

impl After {
    /// Waits for the event (at most 2 s); answers the position that the read models show.
    pub(crate) async fn wait(self, api: &Api, views: &[View]) -> Result<i64, Problem> {
        let until = Instant::now() + LONGEST;
        let Some(event) = self.0 else {
            return Ok(checkpoint::least_position(api.pool(), views).await?);
        };
        let mut position = None;
        while position.is_none() && Instant::now() < until {
            position = api.application().store().positions_of(&[event]).await?.pop().flatten();
            if position.is_none() {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        }
        let left = until.saturating_duration_since(Instant::now());
        Ok(checkpoint::wait_for(api.pool(), position.unwrap_or(0), views, left).await?)
    }
}

/// An answer from read models, which says up to where they had come.
#[derive(Debug)]
pub(crate) struct Shown<T> {
    /// Feed position.
    pub(crate) position: i64,
    /// The answer.
    pub(crate) body: T,
}

impl<T: Serialize> IntoResponse for Shown<T> {
    fn into_response(self) -> Response {
        ([("peiyu-position", HeaderValue::from(self.position))], Json(self.body)).into_response()
    }
}

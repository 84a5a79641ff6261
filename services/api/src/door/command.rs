//! A command on its way in: id, digest, what the sender saw; and its answer on the way out.

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use peiyu_application::Answer;
use peiyu_contracts::Origin;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::around::RequestId;
use super::{Caller, json};
use crate::Api;
use crate::problem::{Code, Problem};

/// The `Idempotency-Key` of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CommandKey(pub(crate) Uuid);

impl CommandKey {
    /// Reads the header, when there is one.
    pub(crate) fn read(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
        let text = value.to_str().unwrap_or_default().trim().trim_matches('"');
        let unfit = || {
            Problem::with_facts(
                Code::HeaderUnfit,
                json!({ "header": "Idempotency-Key", "fault": "not a UUID" }),
            )
        };
        Uuid::try_parse(text).map(|id| Some(Self(id))).map_err(|_| unfit())
    }
}

/// A command with its body.
#[derive(Debug)]
pub(crate) struct Command<T> {
    /// Who sends it.
    pub(crate) caller: Caller,
    body: T,
    request: peiyu_application::Request,
    seen: Option<i64>,
}

impl<T> Command<T> {
    /// For a new record: what the sender saw of others does not matter.
    pub(crate) fn new_record(self) -> (T, peiyu_application::Request) {
        (self.body, self.request)
    }

    /// For a change that rests on what somebody saw: 428 unless they say what.
    pub(crate) fn on_what_was_seen(self) -> Result<(T, peiyu_application::Request), Problem> {
        let seen = self.seen.ok_or_else(|| Problem::new(Code::IfMatchRequired))?;
        Ok((self.body, peiyu_application::Request { if_match: Some(seen), ..self.request }))
    }
}

impl<T: DeserializeOwned> FromRequest<Api> for Command<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, api).await?;
        let seen = seen(&parts.headers)?;
        let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
        let route = format!("{method} {path}");
        let envelope = Envelope::of(&parts)?;
        let bytes = json::bytes(Request::from_parts(parts, body), api).await?;
        let body = json::parse(&bytes)?;
        let request = envelope.request(api, &caller, &route, &bytes);
        Ok(Self { caller, body, request, seen })
    }
}

/// The ids with which a command travels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Envelope {
    key: Uuid,
    request: Uuid,
}

impl Envelope {
    /// From the request's headers; the guard saw to it that a POST has a key.
    pub(crate) fn of(parts: &Parts) -> Result<Self, Problem> {
        let key =
            parts.extensions.get::<CommandKey>().ok_or_else(|| Problem::new(Code::IdempotencyKeyMissing))?;
        let request = parts.extensions.get::<RequestId>().map_or_else(Uuid::now_v7, |id| id.0);
        Ok(Self { key: key.0, request })
    }

    /// For DELETE, which needs no key: it is safe to repeat as it is.
    pub(crate) fn of_deletion(parts: &Parts) -> Self {
        let request = parts.extensions.get::<RequestId>().map_or_else(Uuid::now_v7, |id| id.0);
        let key = parts.extensions.get::<CommandKey>().map_or_else(Uuid::now_v7, |key| key.0);
        Self { key, request }
    }

    /// The application's request; the digest is keyed, since a plain one of a short body could be guessed.
    pub(crate) fn request(
        self,
        api: &Api,
        caller: &Caller,
        route: &str,
        body: &[u8],
    ) -> peiyu_application::Request {
        let text = [route.as_bytes(), b"\n", body].concat();
        peiyu_application::Request {
            actor: caller.actor().clone(),
            command_id: self.key,
            digest: api.application().vault().keyed_hash_of_bytes("request", &text),
            correlation_id: self.request,
            causation_id: None,
            if_match: None,
            origin: Origin::Live,
        }
    }
}

/// The version in `If-Match`, when there is one.
fn seen(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    let text = text.strip_prefix("W/").unwrap_or(text).trim_matches('"');
    let unfit =
        || Problem::with_facts(Code::HeaderUnfit, json!({ "header": "If-Match", "fault": "not one ETag" }));
    text.parse().ok().filter(|version| *version >= 0).map(Some).ok_or_else(unfit)
}

/// The answer to a command, the same for every repeated sending.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Done {
    /// What was changed.
    pub(crate) id: Uuid,
    /// Its version afterwards, also in `ETag`.
    pub(crate) version: i64,
    /// The last event, for `Peiyu-After`; absent when nothing changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) event: Option<Uuid>,
}

impl From<Answer> for Done {
    fn from(answer: Answer) -> Self {
        Self { id: answer.id, version: answer.version, event: answer.event }
    }
}

/// The version as an `ETag`.
pub(crate) fn etag(version: i64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"0\""))
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        (StatusCode::OK, [(header::ETAG, etag(self.version))], Json(self)).into_response()
    }
}

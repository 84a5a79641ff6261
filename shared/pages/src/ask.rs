//! Asks the HTTP interface within the process, as the visitor: their cookie, their language, their origin.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tower::ServiceExt;
use uuid::Uuid;

use crate::Pages;
use crate::fault::{Fault, Problem};
use crate::words::Words;

/// What goes on from the visitor's request: who they are, and what tells another site's request from ours, and
/// from where a proxy says that it came.
const PASSED_ON: [HeaderName; 6] = [
    header::COOKIE,
    header::HOST,
    header::ORIGIN,
    HeaderName::from_static("sec-fetch-site"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("x-forwarded-for"),
];
/// Answers are read up to here: the largest list, and workbooks for download.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// The answer to a command.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
pub(crate) struct Done {
    /// What was changed.
    pub(crate) id: Uuid,
    /// The last event, for [`Ask::after`].
    pub(crate) event: Option<Uuid>,
}

/// The visitor's way to the HTTP interface.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    api: Router,
    headers: HeaderMap,
    peer: Option<ConnectInfo<SocketAddr>>,
}

impl Ask {
    /// As the sender of a request.
    pub(crate) fn of(pages: &Pages, parts: &Parts, words: Words) -> Self {
        let mut headers = HeaderMap::new();
        for name in PASSED_ON {
            for value in parts.headers.get_all(&name) {
                headers.append(name.clone(), value.clone());
            }
        }
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(words.tag()));
        Self { api: pages.api.clone(), headers, peer: parts.extensions.get().copied() }
    }

    /// As whoever has just signed in, before their browser has the cookie.
    pub(crate) fn bearing(mut self, token: &str) -> Result<Self, Fault> {
        let bearer = HeaderValue::from_str(&format!("Bearer {token}"));
        self.headers.remove(header::COOKIE);
        self.headers.insert(header::AUTHORIZATION, bearer.map_err(|error| Fault::Broken(error.to_string()))?);
        Ok(self)
    }

    /// Questions wait until this event shows.
    pub(crate) fn after(mut self, event: Option<Uuid>) -> Self {
        if let Some(value) = event.and_then(|event| HeaderValue::from_str(&event.to_string()).ok()) {
            self.headers.insert("peiyu-after", value);
        }
        self
    }

    /// Asks for an answer.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Fault> {
        read(self.send(Method::GET, path, None, &[], Body::empty()).await?).await
    }

    /// Asks with a body, since names and numbers stand in no address; nothing is changed.
    pub(crate) async fn search<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Fault> {
        self.command(path, Uuid::now_v7(), None, body).await
    }

    /// Sends a command. `key` is the form's, so that sending it twice does it once; `seen` is the version that
    /// the change rests on.
    pub(crate) async fn command<T: DeserializeOwned>(
        &self,
        path: &str,
        key: Uuid,
        seen: Option<i64>,
        body: &impl Serialize,
    ) -> Result<T, Fault> {
        let text = serde_json::to_vec(body).map_err(|error| Fault::Broken(error.to_string()))?;
        let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let mut more = vec![json];
        if let Some(version) = seen {
            let etag = HeaderValue::from_str(&format!("\"{version}\""));
            more.push((header::IF_MATCH, etag.map_err(|error| Fault::Broken(error.to_string()))?));
        }
        read(self.send(Method::POST, path, Some(key), &more, Body::from(text)).await?).await
    }

    /// Sends anything; an answer that is a problem is a fault.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        key: Option<Uuid>,
        more: &[(HeaderName, HeaderValue)],
        body: Body,
    ) -> Result<Response, Fault> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(headers) = request.headers_mut() {
            headers.extend(self.headers.clone());
            headers.extend(more.iter().cloned());
            if let Some(key) = key.and_then(|key| HeaderValue::from_str(&key.to_string()).ok()) {
                headers.insert("idempotency-key", key);
            }
        }
        let mut request = request.body(body).map_err(|error| Fault::Broken(error.to_string()))?;
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(peer);
        }
        let Ok(response) = self.api.clone().oneshot(request).await;
        if response.status().is_success() { Ok(response) } else { Err(problem(response).await) }
    }
}

/// Reads an answer as JSON.
pub(crate) async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Fault> {
    let bytes = axum::body::to_bytes(response.into_body(), MOST_BYTES).await;
    let bytes = bytes.map_err(|error| Fault::Broken(error.to_string()))?;
    // An answer without content reads as null.
    let text: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
    serde_json::from_slice(text).map_err(|error| Fault::Broken(error.to_string()))
}

async fn problem(response: Response) -> Fault {
    let status = response.status();
    match read::<Problem>(response).await {
        Ok(problem) if status == StatusCode::UNAUTHORIZED && problem.code() == "not_signed_in" => {
            Fault::SignedOut
        }
        Ok(problem) => Fault::Problem(Box::new(problem)),
        Err(fault) => fault,
    }
}

//! Writes problems out, also those that axum itself answers with; adds the security headers.

use std::error::Error;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use peiyu_language::Language;
use serde_json::json;

use super::json::MOST_BYTES;
use crate::problem::{Code, Problem};

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// For whom an answer is written.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) language: Language,
    pub(crate) instance: String,
    pub(crate) request: String,
}

pub(crate) fn render(mut response: Response, reader: &Reader) -> Response {
    let problem = response.extensions_mut().remove::<Problem>().or_else(|| of_status(&response));
    if let Some(problem) = problem {
        log(&problem);
        let kept = std::mem::take(response.headers_mut());
        response = written(&problem, reader);
        keep_allow(&kept, response.headers_mut());
    }
    peiyu_platform::headers::secure(response.headers_mut());
    response
}

fn written(problem: &Problem, reader: &Reader) -> Response {
    let body = problem.body(reader.language, &reader.instance, &reader.request);
    let text = serde_json::to_vec(&body).unwrap_or_default();
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = problem.status();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, PROBLEM_JSON);
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(reader.language.tag()));
    problem.add_headers(&mut response);
    response
}

/// axum's own refusals carry a bare status.
fn of_status(response: &Response) -> Option<Problem> {
    match response.status() {
        StatusCode::METHOD_NOT_ALLOWED => Some(Problem::new(Code::MethodNotAllowed)),
        StatusCode::PAYLOAD_TOO_LARGE => {
            Some(Problem::with_facts(Code::TooLarge, json!({ "most": MOST_BYTES })))
        }
        status if status.is_client_error() || status.is_server_error() => {
            let own =
                response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
            // /readyz answers 503 with its own body.
            if own {
                None
            } else {
                Some(Problem::new(Code::RouteUnknown)).filter(|_| status == StatusCode::NOT_FOUND)
            }
        }
        _ => None,
    }
}

fn keep_allow(from: &HeaderMap, to: &mut HeaderMap) {
    for name in [header::ALLOW, header::SET_COOKIE] {
        if let Some(value) = from.get(&name) {
            to.insert(name, value.clone());
        }
    }
}

fn log(problem: &Problem) {
    let code = problem.code();
    match problem.cause() {
        Some(cause) if problem.status() == StatusCode::INTERNAL_SERVER_ERROR => {
            tracing::error!(code, cause = chain(cause), "a request failed");
        }
        Some(cause) => tracing::warn!(code, cause = chain(cause), "a request could not be carried out"),
        None => tracing::debug!(code, "a request was refused"),
    }
}

fn chain(error: &(dyn Error + Send + Sync)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}

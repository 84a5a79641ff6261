//! Parts of the address; what does not fit is a problem, not a page of text.

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequestParts, path::ErrorKind};
use axum::http::StatusCode;
use serde_json::json;

use crate::problem::{Code, Problem};

/// The ids of an address.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub(crate) struct Path<T>(pub(crate) T);

/// The coded filters of an address.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub(crate) struct Query<T>(pub(crate) T);

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        let fault = match &rejection {
            PathRejection::FailedToDeserializePathParams(failed) => match failed.kind() {
                // What was typed is not repeated: it may be a name.
                ErrorKind::ParseErrorAtKey { key, expected_type, .. } => format!("{key}: {expected_type}"),
                ErrorKind::DeserializeError { key, .. } => key.clone(),
                _ => failed.body_text(),
            },
            _ => rejection.body_text(),
        };
        if rejection.status() == StatusCode::INTERNAL_SERVER_ERROR {
            return Self::internal(rejection);
        }
        // An id that is none names nothing.
        Self::with_facts(Code::ParameterUnfit, json!({ "fault": fault }))
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        // "Failed to deserialize query string: <parameter>: <fault>"; some faults name no parameter.
        let text = rejection.body_text();
        let fault = text.split_once(": ").map_or(text.as_str(), |(_, fault)| fault);
        let parameter = fault.split_once(": ").map(|(parameter, _)| parameter);
        let facts = json!({ "parameter": parameter, "fault": fault });
        Self::with_facts(Code::ParameterUnfit, facts)
    }
}

//! Why a page is not shown or a form not taken: what the HTTP interface said, or a fault of our own.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;

/// A problem as the interface tells it, in the reader's language.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Problem {
    #[serde(rename = "type")]
    kind: String,
    pub(crate) title: String,
    pub(crate) status: u16,
    pub(crate) detail: String,
    pub(crate) article: Option<String>,
    #[serde(default)]
    pub(crate) facts: Value,
}

impl Problem {
    /// The stable code: the end of its type.
    pub(crate) fn code(&self) -> &str {
        self.kind.rsplit('/').next().unwrap_or_default()
    }

    /// The status that goes with it.
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Whether somebody else changed meanwhile what the form rests on.
    pub(crate) fn is_stale(&self) -> bool {
        self.code() == "version_stale"
    }
}

/// Why a page is not shown.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// Nobody is signed in, or no longer.
    SignedOut,
    /// The interface refused.
    Problem(Box<Problem>),
    /// Ours: an answer that we do not understand, a template that fails. Goes to the log.
    Broken(String),
}

impl Fault {
    /// A refusal that belongs beside the form; anything else is a page of its own.
    pub(crate) fn beside_the_form(self) -> Result<Problem, Self> {
        match self {
            Self::Problem(problem) if problem.status != 404 && problem.status != 403 => Ok(*problem),
            other => Err(other),
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::Problem(problem) => problem.status(),
            Self::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// `around` writes it out, since only there the reader is known.
impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<askama::Error> for Fault {
    fn from(error: askama::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

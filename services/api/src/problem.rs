//! What a caller is told when something is not done: RFC 9457 problems, in the reader's language.
//!
//! A [`Problem`] travels in the extensions of its response; `door::render` writes it out, since only there
//! the reader's language and the address are known. The cause goes to the log, never to the caller.

use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use peiyu_application::{CommandError, Refused};
use peiyu_language::Language;
use peiyu_views::ViewError;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// What every problem's `type` begins with.
pub const TYPE_BASE: &str = "https://peiyu.invalid/problems/";

/// Why a cause is carried: for the log.
type Cause = Arc<dyn std::error::Error + Send + Sync>;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $status:ident;)+) => {
        /// The problems of the HTTP interface itself; refusals by the domain have codes of their own.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code { $($(#[$doc])* $variant,)+ }

        impl Code {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable word.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The status that goes with it.
            #[must_use]
            pub fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)+ }
            }
        }
    };
}

codes! {
    /// Not JSON.
    MalformedJson = "malformed_json", BAD_REQUEST;
    /// A field of the body is unknown, missing or of another type.
    FieldUnfit = "field_unfit", BAD_REQUEST;
    /// A part of the address does not fit.
    ParameterUnfit = "parameter_unfit", BAD_REQUEST;
    /// A header does not fit.
    HeaderUnfit = "header_unfit", BAD_REQUEST;
    /// The body is of another type.
    ContentTypeUnfit = "content_type_unfit", UNSUPPORTED_MEDIA_TYPE;
    /// A multipart body lacks a part or holds one too many.
    FormUnfit = "form_unfit", BAD_REQUEST;
    /// No `Idempotency-Key`.
    IdempotencyKeyMissing = "idempotency_key_missing", BAD_REQUEST;
    /// The key was used with another body.
    IdempotencyKeyReused = "idempotency_key_reused", UNPROCESSABLE_ENTITY;
    /// No `If-Match`.
    IfMatchRequired = "if_match_required", PRECONDITION_REQUIRED;
    /// `If-Match` names an earlier version.
    VersionStale = "version_stale", PRECONDITION_FAILED;
    /// Nobody is signed in.
    NotSignedIn = "not_signed_in", UNAUTHORIZED;
    /// Unknown login or wrong password; which of them is not said.
    LoginFailed = "login_failed", UNAUTHORIZED;
    /// The present password was not given rightly.
    PasswordWrong = "password_wrong", UNPROCESSABLE_ENTITY;
    /// The new password is too short, too long or the old one.
    PasswordUnfit = "password_unfit", UNPROCESSABLE_ENTITY;
    /// No office gives the right.
    Forbidden = "forbidden", FORBIDDEN;
    /// Only a person has something of its own to do.
    PersonNeeded = "person_needed", FORBIDDEN;
    /// Another site sent the browser here.
    CrossSite = "cross_site", FORBIDDEN;
    /// No route has this address.
    RouteUnknown = "route_unknown", NOT_FOUND;
    /// The route takes other methods.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED;
    /// No such object, or outside one's part of the tree.
    NotFound = "not_found", NOT_FOUND;
    /// A unique thing belongs to somebody.
    Duplicate = "duplicate", CONFLICT;
    /// A reader's place belongs to another life of the feed: a backup was restored.
    EpochChanged = "epoch_changed", CONFLICT;
    /// The body is over its limit.
    TooLarge = "too_large", PAYLOAD_TOO_LARGE;
    /// The command would write more than one command may.
    CommandTooLarge = "command_too_large", PAYLOAD_TOO_LARGE;
    /// Too many changes to the same things at once.
    Contended = "contended", SERVICE_UNAVAILABLE;
    /// Too many failed sign-ins.
    TooManyAttempts = "too_many_attempts", TOO_MANY_REQUESTS;
    /// More requests under way than are taken on.
    Overloaded = "overloaded", SERVICE_UNAVAILABLE;
    /// Not done in time.
    Timeout = "timeout", SERVICE_UNAVAILABLE;
    /// The database is away; nothing was written.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE;
    /// It may have been written.
    OutcomeUnknown = "outcome_unknown", SERVICE_UNAVAILABLE;
    /// The read models are being filled.
    ViewsBehind = "views_behind", SERVICE_UNAVAILABLE;
    /// A file that cannot be imported.
    ImportFileUnfit = "import_file_unfit", UNPROCESSABLE_ENTITY;
    /// An import whose result is asked for before its end.
    ImportNotReady = "import_not_ready", CONFLICT;
    /// A dry run whose file is kept no more, or a run that is none.
    ImportNotKept = "import_not_kept", CONFLICT;
    /// An event to be skipped that is not the first of its stream that waits.
    NotFirstParked = "not_first_parked", CONFLICT;
    /// A fault of the system.
    Internal = "internal", INTERNAL_SERVER_ERROR;
}

/// Where the words stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Words {
    Problem(Code),
    Refusal(&'static str),
}

/// Why something was not done.
#[derive(Debug, Clone)]
pub struct Problem {
    words: Words,
    article: Option<&'static str>,
    facts: Value,
    retry_after: Option<u64>,
    version: Option<i64>,
    cause: Option<Cause>,
}

/// A problem as it is sent (`application/problem+json`).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// `https://peiyu.invalid/problems/<code>`; the code is never reused.
    #[serde(rename = "type")]
    pub kind: String,
    /// What kind of problem, in the reader's language.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What is wrong and what to do, in the reader's language.
    pub detail: String,
    /// The request's address.
    pub instance: String,
    /// The provision that a rule rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article: Option<String>,
    /// What the detail was made from.
    #[schema(value_type = Object)]
    pub facts: Value,
}

impl Problem {
    /// A problem without facts.
    #[must_use]
    pub fn new(code: Code) -> Self {
        let retry_after = (code.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(2);
        Self {
            words: Words::Problem(code),
            article: None,
            facts: json!({}),
            retry_after,
            version: None,
            cause: None,
        }
    }

    /// A problem with the facts that its sentence names.
    #[must_use]
    pub fn with_facts(code: Code, facts: Value) -> Self {
        Self { facts, ..Self::new(code) }
    }

    /// A field of the body that does not fit as a whole.
    #[must_use]
    pub fn field_unfit(field: &str, fault: &str) -> Self {
        let facts = json!({ "field": field, "line": 1, "column": 1, "fault": fault });
        Self::with_facts(Code::FieldUnfit, facts)
    }

    /// A fault of the system; `cause` goes to the log.
    #[must_use]
    pub fn internal(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::new(Code::Internal).caused_by(cause)
    }

    /// The database does not answer.
    #[must_use]
    pub fn unavailable(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::new(Code::Unavailable).caused_by(cause)
    }

    /// Adds what the log should know.
    #[must_use]
    pub fn caused_by(mut self, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.cause = Some(Arc::new(cause));
        self
    }

    /// Says when to try again, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.words {
            Words::Problem(code) => code.as_str(),
            Words::Refusal(code) => code,
        }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self.words {
            Words::Problem(code) => code.status(),
            Words::Refusal(_) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// What goes to the log.
    #[must_use]
    pub fn cause(&self) -> Option<&(dyn std::error::Error + Send + Sync)> {
        self.cause.as_deref()
    }

    /// The body for a reader of `language` at `instance`.
    #[must_use]
    pub fn body(&self, language: Language, instance: &str, request: &str) -> ProblemBody {
        let mut facts = self.facts.clone();
        let (title, detail) = match self.words {
            Words::Problem(code) => {
                if code == Code::Internal {
                    facts = json!({ "request": request });
                }
                let title = peiyu_language::problem_title(language, code.as_str());
                (title, peiyu_language::problem(language, code.as_str(), &facts))
            }
            Words::Refusal(code) => {
                let title = peiyu_language::problem_title(language, "refused");
                (title, peiyu_language::refusal(language, code, &facts))
            }
        };
        ProblemBody {
            kind: format!("{TYPE_BASE}{}", self.code()),
            title,
            status: self.status().as_u16(),
            detail,
            instance: instance.to_owned(),
            article: self.article.map(str::to_owned),
            facts,
        }
    }

    /// Headers that go with it.
    pub(crate) fn add_headers(&self, response: &mut Response) {
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(version) = self.version
            && let Ok(etag) = HeaderValue::from_str(&format!("\"{version}\""))
        {
            headers.insert(header::ETAG, etag);
        }
        if self.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"peiyu\""));
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let Refused { code, article, facts } = refused;
        Self { words: Words::Refusal(code), article, facts, ..Self::new(Code::Internal) }
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(refused) => refused.into(),
            CommandError::Forbidden(right) => {
                Self::with_facts(Code::Forbidden, json!({ "right": right.as_str() }))
            }
            CommandError::NotFound { .. } => Self::new(Code::NotFound),
            CommandError::Stale { expected, found } => Self {
                version: Some(found),
                ..Self::with_facts(Code::VersionStale, json!({ "expected": expected, "found": found }))
            },
            CommandError::Taken { kind, .. } => Self::with_facts(Code::Duplicate, json!({ "kind": kind })),
            CommandError::KeyReused => Self::new(Code::IdempotencyKeyReused),
            CommandError::Contended => Self::new(Code::Contended),
            CommandError::Unavailable(_) => Self::new(Code::Unavailable).caused_by(error),
            CommandError::OutcomeUnknown(_) => Self::new(Code::OutcomeUnknown).caused_by(error),
            CommandError::TooLarge(_) => Self::new(Code::CommandTooLarge),
            CommandError::Inconsistent(_) => Self::internal(error),
        }
    }
}

impl From<ViewError> for Problem {
    fn from(error: ViewError) -> Self {
        match error {
            ViewError::Unavailable(_) => Self::unavailable(error),
            ViewError::Missing { .. } => Self::new(Code::ViewsBehind),
            ViewError::NotNext { .. }
            | ViewError::OtherVersion { .. }
            | ViewError::NotParked { .. }
            | ViewError::Inconsistent { .. }
            | ViewError::Misshapen { .. }
            | ViewError::Schema(_)
            | ViewError::Feed(_) => Self::internal(error),
        }
    }
}

impl From<peiyu_store::StoreError> for Problem {
    fn from(error: peiyu_store::StoreError) -> Self {
        CommandError::from(error).into()
    }
}

/// For the tables of this crate.
impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(ref refused) if !is_passing(refused.code().as_deref()) => {
                Self::internal(error)
            }
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnNotFound(_) | sqlx::Error::Decode(_) => {
                Self::internal(error)
            }
            other => Self::unavailable(other),
        }
    }
}

/// SQLSTATE classes of a server that goes, comes or is busy.
fn is_passing(state: Option<&str>) -> bool {
    state.is_some_and(|state| ["08", "53", "57", "40"].iter().any(|class| state.starts_with(class)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_problem_has_words_and_no_words_are_left_over() {
        let mut codes: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        codes.insert("refused");
        let spoken: BTreeSet<&str> = peiyu_language::Book::Problems.codes().into_iter().collect();
        assert_eq!(codes, spoken);
    }

    #[test]
    fn a_refusal_keeps_code_article_and_facts() {
        let refused = Refused {
            code: "talk_before_assignment",
            article: Some("意见三(四)"),
            facts: json!({ "since": "2026-03-01" }),
        };
        let body = Problem::from(refused).body(Language::Zh, "/v1/candidates/…/talks", "r");
        assert_eq!(body.kind, "https://peiyu.invalid/problems/talk_before_assignment");
        assert_eq!((body.status, body.article.as_deref()), (422, Some("意见三(四)")));
        assert!(body.detail.contains("2026年3月1日"), "{}", body.detail);
    }

    #[test]
    fn a_cause_is_never_told_to_the_caller() {
        let problem = Problem::internal(std::io::Error::other("password=hunter2"));
        let body = problem.body(Language::En, "/", "r-1");
        assert!(!format!("{body:?}").contains("hunter2") && body.detail.contains("r-1"));
    }
}

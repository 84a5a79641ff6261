//! Why a page is not shown or a form not taken: what the HTTP interface said, or a fault of our own.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;

use crate::words::Words;

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
    /// The page's own: the dossier has no such talk.
    pub(crate) fn no_such_talk(l: Words) -> Self {
        let title = l.say("没有这次谈话", "There is no such talk");
        let detail = l.say("档案里没有这次谈话的记录。", "The dossier has no record of this talk.");
        Self::own("not_found", StatusCode::NOT_FOUND, title, detail)
    }

    /// The page's own: the form would be refused whatever is typed.
    pub(crate) fn not_ones_own(l: Words) -> Self {
        let title = l.say("不能更正这次谈话", "You cannot correct this talk");
        let detail = l.say(
            "谈话记录由谈话人本人或组织部更正。",
            "A talk is corrected by whoever held it, or by the department.",
        );
        Self::own("forbidden", StatusCode::FORBIDDEN, title, detail)
    }

    /// The page's own: no office of the visitor gives the right, so the form is not shown.
    pub(crate) fn not_allowed(l: Words) -> Self {
        let title = l.say("没有权限", "Not allowed");
        let detail = l.say("您现在的职务没有这项权限。", "No office of yours gives this right.");
        Self::own("forbidden", StatusCode::FORBIDDEN, title, detail)
    }

    /// The page's own: another site sent a form that asks the interface nothing.
    pub(crate) fn cross_site(l: Words) -> Self {
        let title = peiyu_language::problem_title(l.0, "cross_site");
        let detail = peiyu_language::problem(l.0, "cross_site", &Value::Null);
        Self::own("cross_site", StatusCode::FORBIDDEN, &title, &detail)
    }

    fn own(code: &str, status: StatusCode, title: &str, detail: &str) -> Self {
        Self {
            kind: code.to_owned(),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.to_owned(),
            article: None,
            facts: Value::Null,
        }
    }

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
    /// A request that no page can read, though it reached one.
    pub(crate) fn unread(status: StatusCode, l: Words) -> Self {
        let (title, detail) = match status {
            StatusCode::NOT_FOUND => (
                l.say("没有这个页面", "There is no such page"),
                l.say("地址可能写错了，或页面已经移走。", "The address may be mistyped, or the page has moved."),
            ),
            StatusCode::PAYLOAD_TOO_LARGE => (
                l.say("内容太长", "That is too much"),
                l.say(
                    "提交的内容超过上限，没有保存。请返回上一页，删减后再提交。",
                    "More was sent than can be taken; nothing was saved. Go back, shorten it and send it again.",
                ),
            ),
            _ => (
                l.say("无法识别这次请求", "This request cannot be read"),
                l.say(
                    "地址或表单的格式不对，没有保存。请从页面上的链接重新打开。",
                    "The address or the form has an unknown shape; nothing was saved. Open it again by a link.",
                ),
            ),
        };
        Self::Problem(Box::new(Problem {
            kind: String::new(),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.to_owned(),
            article: None,
            facts: Value::Null,
        }))
    }

    /// A refusal that belongs beside the form; anything else is a page of its own.
    pub(crate) fn beside_the_form(self) -> Result<Problem, Self> {
        match self {
            Self::Problem(problem) if problem.status != 404 && problem.status != 403 => Ok(*problem),
            other => Err(other),
        }
    }

    /// A refusal of one row among many, whatever it is: the rows after it are sent all the same.
    pub(crate) fn beside_the_row(self) -> Result<Problem, Self> {
        match self {
            Self::Problem(problem) => Ok(*problem),
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

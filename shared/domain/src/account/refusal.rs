//! Why a command about an account is refused.

use crate::decider::Refuse;

/// A broken rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountRefusal {
    /// No account has this id.
    #[error("there is no such account")]
    Unknown,
    /// It is somebody else's.
    #[error("the account is somebody else's")]
    OpenedOtherwise,
    /// It is closed.
    #[error("the account is closed")]
    Closed,
}

impl Refuse for AccountRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "account_unknown",
            Self::OpenedOtherwise => "account_opened_otherwise",
            Self::Closed => "account_closed",
        }
    }
}

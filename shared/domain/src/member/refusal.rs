//! Why a command about a member is refused.

use crate::decider::Refuse;

/// A broken rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MemberRefusal {
    /// Full membership cannot begin before joining.
    #[error("full membership cannot begin before joining")]
    FullBeforeJoining,
}

impl Refuse for MemberRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::FullBeforeJoining => "full_before_joining",
        }
    }

    fn article(&self) -> Option<&'static str> {
        match self {
            Self::FullBeforeJoining => Some("细则第31条"),
        }
    }
}

//! Why a command was not done.

use peiyu_domain::Refuse;
use peiyu_domain::access::Right;
use peiyu_domain::any_event::EventFault;
use peiyu_store::StoreError;
use peiyu_vault::{UnsealError, VaultError};
use serde_json::Value;
use uuid::Uuid;

/// A refusal by the domain, as data: the sentences stand in the language files.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// Stable code.
    pub code: &'static str,
    /// The provision it rests on.
    pub article: Option<&'static str>,
    /// What the sentence needs.
    pub facts: Value,
}

impl Refused {
    /// A domain refusal as data.
    pub fn of(refusal: &impl Refuse) -> Self {
        Self { code: refusal.code(), article: refusal.article(), facts: refusal.facts() }
    }
}

/// Why a command was not done. Nothing of it was written, save for [`CommandError::OutcomeUnknown`].
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A rule of the domain forbids it.
    #[error("refused: {}", .0.code)]
    Refused(Refused),
    /// The actor has no right to it, or not for this object.
    #[error("the right {} is missing", .0.as_str())]
    Forbidden(Right),
    /// No such object, or none that the actor may see.
    #[error("no such {kind}")]
    NotFound {
        /// Kind of aggregate.
        kind: &'static str,
    },
    /// The sender saw another version.
    #[error("the version is {found}, not {expected}")]
    Stale {
        /// What the sender saw.
        expected: i64,
        /// What it is.
        found: i64,
    },
    /// A unique thing belongs to somebody else.
    #[error("the {kind} is taken")]
    Taken {
        /// `staff_number`, `login`.
        kind: String,
        /// Who holds it.
        holder: Uuid,
    },
    /// The command id was used with another body.
    #[error("the command id was used with another body")]
    KeyReused,
    /// Others kept changing what the decision rests on.
    #[error("too much changes at once; send again")]
    Contended,
    /// Store or vault do not answer; nothing was written.
    #[error("the store does not answer")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It may have been written: send again with the same id.
    #[error("the outcome is unknown; send again with the same id")]
    OutcomeUnknown(#[source] StoreError),
    /// Stored data cannot be read; an operator must look.
    #[error("stored data cannot be read")]
    Inconsistent(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Too much for one event or command.
    #[error("too large: {0}")]
    TooLarge(String),
}

impl CommandError {
    /// Whether it says what was found, which may have been stale; the others say what failed.
    pub(crate) fn is_judgement(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Forbidden(_) | Self::NotFound { .. } | Self::Stale { .. } => true,
            Self::Taken { .. }
            | Self::KeyReused
            | Self::Contended
            | Self::Unavailable(_)
            | Self::OutcomeUnknown(_)
            | Self::Inconsistent(_)
            | Self::TooLarge(_) => false,
        }
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::UnknownOutcome(_) => Self::OutcomeUnknown(error),
            StoreError::TooLarge { .. } => Self::TooLarge(error.to_string()),
            StoreError::Inconsistent { .. }
            | StoreError::Malformed(_)
            | StoreError::EventIdUsed
            | StoreError::Refused(_) => Self::Inconsistent(Box::new(error)),
            StoreError::Unavailable(_) | StoreError::Stopped => Self::Unavailable(Box::new(error)),
        }
    }
}

impl From<VaultError> for CommandError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Unavailable(_) => Self::Unavailable(Box::new(error)),
            other => Self::Inconsistent(Box::new(other)),
        }
    }
}

impl From<UnsealError> for CommandError {
    fn from(error: UnsealError) -> Self {
        Self::Inconsistent(Box::new(error))
    }
}

impl From<EventFault> for CommandError {
    fn from(error: EventFault) -> Self {
        Self::Inconsistent(Box::new(error))
    }
}

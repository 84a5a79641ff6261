//! Why something is not done to the installation.

use serde_json::{Value, json};

use crate::decider::Refuse;

/// A broken rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InstallationRefusal {
    /// Epochs only grow.
    #[error("epoch {epoch} has begun already")]
    EpochNotNew {
        /// The highest epoch known.
        epoch: i32,
    },
    /// No restore holds reminders.
    #[error("no reminders are held")]
    NothingHeld,
}

impl Refuse for InstallationRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::EpochNotNew { .. } => "epoch_not_new",
            Self::NothingHeld => "no_reminders_held",
        }
    }

    fn facts(&self) -> Value {
        match self {
            Self::EpochNotNew { epoch } => json!({ "epoch": epoch }),
            Self::NothingHeld => json!({}),
        }
    }
}

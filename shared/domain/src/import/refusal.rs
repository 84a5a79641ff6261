//! Why a command about an import is refused.

use serde_json::{Value, json};

use crate::decider::Refuse;

/// A broken rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportRefusal {
    /// It was not started, or started with another file.
    #[error("the import was not started with this file")]
    NotStarted,
    /// Chunks follow each other.
    #[error("chunk {expected} is next")]
    ChunkOutOfOrder {
        /// The next one.
        expected: u32,
    },
    /// It is finished.
    #[error("the import is finished")]
    Finished,
}

impl Refuse for ImportRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotStarted => "import_not_started",
            Self::ChunkOutOfOrder { .. } => "import_chunk_out_of_order",
            Self::Finished => "import_finished",
        }
    }

    fn facts(&self) -> Value {
        match self {
            Self::ChunkOutOfOrder { expected } => json!({ "expected": expected }),
            Self::NotStarted | Self::Finished => json!({}),
        }
    }
}

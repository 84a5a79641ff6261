//! Why a command about a person is refused.

use serde_json::{Value, json};

use super::Field;
use crate::decider::Refuse;

/// A broken rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PersonRefusal {
    /// Nobody has this id.
    #[error("there is no such person")]
    Unknown,
    /// A correction needs a reason.
    #[error("a correction needs a reason")]
    ReasonMissing,
    /// The value does not fit the field.
    #[error("the value does not fit the field {field:?}")]
    ValueUnfit {
        /// The field.
        field: Field,
    },
    /// No organisation of the tree has such a unit, or the person's unit no such room.
    #[error("no organisation of the tree has this {field:?}")]
    PlaceUnknown {
        /// The field.
        field: Field,
        /// Names of the tree that come nearest.
        nearest: Vec<String>,
    },
}

impl Refuse for PersonRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "person_unknown",
            Self::ReasonMissing => "correction_reason_missing",
            Self::ValueUnfit { .. } => "correction_value_unfit",
            Self::PlaceUnknown { .. } => "correction_place_unknown",
        }
    }

    fn article(&self) -> Option<&'static str> {
        match self {
            Self::Unknown => None,
            Self::ReasonMissing | Self::ValueUnfit { .. } | Self::PlaceUnknown { .. } => Some("意见三(三)"),
        }
    }

    fn facts(&self) -> Value {
        match self {
            Self::Unknown | Self::ReasonMissing => json!({}),
            Self::ValueUnfit { field } => json!({ "field": field }),
            Self::PlaceUnknown { field, nearest } => json!({ "field": field, "nearest": nearest }),
        }
    }
}

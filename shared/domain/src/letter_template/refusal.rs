//! Why a wording is not taken.

use serde_json::{Value, json};

use super::{LetterField, TemplateFault};
use crate::decider::Refuse;
use crate::values::TextError;

/// A broken rule: which text of the letter, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {} {fault}", .field.as_str())]
pub struct LetterTemplateRefusal {
    /// Which.
    pub field: LetterField,
    /// What is wrong.
    pub fault: TemplateFault,
}

impl Refuse for LetterTemplateRefusal {
    fn code(&self) -> &'static str {
        match self.fault {
            TemplateFault::Text(_) | TemplateFault::LineBreak => "letter_text_unfit",
            TemplateFault::BraceAlone => "letter_brace_alone",
            TemplateFault::Unknown { .. } => "letter_placeholder_unknown",
            TemplateFault::Missing(_) => "letter_placeholder_missing",
        }
    }

    fn facts(&self) -> Value {
        let field = self.field.as_str();
        match &self.fault {
            TemplateFault::Text(TextError::Empty) => json!({ "field": field, "fault": "empty" }),
            TemplateFault::Text(TextError::TooLong { length, limit }) => {
                json!({ "field": field, "fault": "too_long", "length": length, "limit": limit })
            }
            TemplateFault::Text(TextError::Control(_)) => json!({ "field": field, "fault": "control" }),
            TemplateFault::LineBreak => json!({ "field": field, "fault": "line_break" }),
            TemplateFault::BraceAlone => json!({ "field": field }),
            TemplateFault::Unknown { name } => json!({ "field": field, "placeholder": name }),
            TemplateFault::Missing(place) => json!({ "field": field, "placeholder": place.as_str() }),
        }
    }
}

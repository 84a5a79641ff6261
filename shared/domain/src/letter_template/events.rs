//! What can have happened to the wording of the letters in one language.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LetterLanguage, Texts};
use crate::decider::Event;
use crate::values::Sensitive;

/// An event of a letter template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event")]
pub enum LetterTemplateEvent {
    /// The department chose words of its own, whole; they hold from the next letter on.
    LetterWordingSet {
        /// Of which language.
        language: LetterLanguage,
        /// Subject, opening and closing. Sealed: a sign-off names whom to ask, and their telephone.
        wording: Sensitive<Texts>,
    },
    /// The shipped words hold again.
    LetterWordingRestored {
        /// Of which language.
        language: LetterLanguage,
    },
}

impl Event for LetterTemplateEvent {
    fn name(&self) -> &'static str {
        match self {
            Self::LetterWordingSet { .. } => "LetterWordingSet",
            Self::LetterWordingRestored { .. } => "LetterWordingRestored",
        }
    }

    fn names() -> &'static [&'static str] {
        &["LetterWordingSet", "LetterWordingRestored"]
    }
}

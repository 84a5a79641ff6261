//! 信函模板: the department's words around the list of duties, a language each.

pub(crate) mod changes;
pub(crate) mod draft;
pub(crate) mod list;
pub(crate) mod restore;
pub(crate) mod set;

use peiyu_domain::letter_template::Texts;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The words of a letter; `{name}` and the other placeholders are filled when it is written.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LetterTexts {
    /// The subject, one line, at most 100 characters.
    subject: String,
    /// Above the list of duties, at most 600 characters; holds `{name}`.
    opening: String,
    /// Below the list of duties, at most 1000 characters; holds `{link}`.
    closing: String,
}

impl From<LetterTexts> for Texts {
    fn from(LetterTexts { subject, opening, closing }: LetterTexts) -> Self {
        Self { subject, opening, closing }
    }
}

impl From<&Texts> for LetterTexts {
    fn from(texts: &Texts) -> Self {
        let Texts { subject, opening, closing } = texts.clone();
        Self { subject, opening, closing }
    }
}

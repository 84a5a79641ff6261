//! What a user reads: the sentences of refusals, problems and import reasons, and the words of closed lists.
//!
//! Codes and facts come from the rooms that know them; here stand only the words, Chinese first, in
//! `sentences/*.toml`, both languages of an entry side by side so that neither is forgotten.
//!
//! # How to add a sentence
//! Add its code to the table of its kind, in both languages. `tests/complete.rs` fails when a refusal of the
//! domain or a word of one of its lists has none, and when an entry belongs to nothing.

mod book;
mod dates;
mod negotiate;
pub mod story;
mod template;

use serde_json::Value;

pub use book::Book;

/// A language that the system speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// 中文, unless somebody asks otherwise.
    #[default]
    Zh,
    /// English.
    En,
}

impl Language {
    /// The tag for `Content-Language` and `lang`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// The language that an `Accept-Language` header prefers; Chinese when it names neither.
    #[must_use]
    pub fn negotiate(accept_language: Option<&str>) -> Self {
        accept_language.map_or(Self::Zh, negotiate::preferred)
    }
}

/// The sentence of a refusal by the domain; the code itself when there is none.
#[must_use]
pub fn refusal(language: Language, code: &str, facts: &Value) -> String {
    Book::Refusals.sentence(language, code, facts)
}

/// The detail of a problem of the HTTP interface; the code itself when there is none.
#[must_use]
pub fn problem(language: Language, code: &str, facts: &Value) -> String {
    Book::Problems.sentence(language, code, facts)
}

/// The title of a problem of the HTTP interface; the code itself when there is none.
#[must_use]
pub fn problem_title(language: Language, code: &str) -> String {
    Book::Problems.title(language, code)
}

/// Why a row of a spreadsheet is rejected, and what to do about it.
#[must_use]
pub fn import_reason(language: Language, code: &str) -> String {
    Book::Reasons.sentence(language, code, &Value::Null)
}

/// A word of a closed list, such as `word(Zh, "talk_form", "single")`; the word itself when there is none.
#[must_use]
pub fn word(language: Language, list: &str, word: &str) -> String {
    book::word(language, list, word).unwrap_or(word).to_owned()
}

/// A date as people write it: 2026年11月23日, 23 November 2026. Text that is no date stays as it is.
#[must_use]
pub fn date(language: Language, iso: &str) -> String {
    dates::written(language, iso).unwrap_or_else(|| iso.to_owned())
}

/// Every code of a closed list that has words here.
#[must_use]
pub fn words_of(list: &str) -> Vec<&'static str> {
    book::words_of(list)
}

/// Every closed list that has words here, for tests.
#[must_use]
pub fn lists() -> Vec<&'static str> {
    book::lists()
}

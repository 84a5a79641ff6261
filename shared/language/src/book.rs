//! The sentences as embedded in the binary, by book and code.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use crate::{Language, template};

/// A book of sentences; a code means something within its book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Book {
    /// Refusals by the domain.
    Refusals,
    /// Problems of the HTTP interface.
    Problems,
    /// Reasons for which rows of spreadsheets are rejected.
    Reasons,
    /// Events of dossiers.
    Events,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    zh: String,
    en: String,
    #[serde(default)]
    title_zh: String,
    #[serde(default)]
    title_en: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    zh: String,
    en: String,
}

type Entries = BTreeMap<String, Entry>;
type Words = BTreeMap<String, BTreeMap<String, Word>>;

static REFUSALS: LazyLock<Entries> = LazyLock::new(|| read(include_str!("../sentences/refusals.toml")));
static PROBLEMS: LazyLock<Entries> = LazyLock::new(|| read(include_str!("../sentences/problems.toml")));
static REASONS: LazyLock<Entries> = LazyLock::new(|| read(include_str!("../sentences/reasons.toml")));
static EVENTS: LazyLock<Entries> = LazyLock::new(|| read(include_str!("../sentences/events.toml")));
static WORDS: LazyLock<Words> = LazyLock::new(|| read(include_str!("../sentences/words.toml")));

/// The texts are part of the binary, so a fault in them is one that the tests find; a reader then gets codes.
fn read<T: serde::de::DeserializeOwned + Default>(text: &str) -> T {
    toml::from_str(text).unwrap_or_default()
}

impl Book {
    fn entries(self) -> &'static Entries {
        match self {
            Self::Refusals => &REFUSALS,
            Self::Problems => &PROBLEMS,
            Self::Reasons => &REASONS,
            Self::Events => &EVENTS,
        }
    }

    pub(crate) fn has(self, code: &str) -> bool {
        self.entries().contains_key(code)
    }

    pub(crate) fn sentence(self, language: Language, code: &str, facts: &Value) -> String {
        let Some(entry) = self.entries().get(code) else { return code.to_owned() };
        let text = match language {
            Language::Zh => &entry.zh,
            Language::En => &entry.en,
        };
        template::fill(language, text, facts)
    }

    pub(crate) fn title(self, language: Language, code: &str) -> String {
        let Some(entry) = self.entries().get(code) else { return code.to_owned() };
        match language {
            Language::Zh => entry.title_zh.clone(),
            Language::En => entry.title_en.clone(),
        }
    }

    /// Every code of the book, for tests.
    #[must_use]
    pub fn codes(self) -> Vec<&'static str> {
        self.entries().keys().map(String::as_str).collect()
    }
}

pub(crate) fn word(language: Language, list: &str, word: &str) -> Option<&'static str> {
    let entry = WORDS.get(list)?.get(word)?;
    Some(match language {
        Language::Zh => &entry.zh,
        Language::En => &entry.en,
    })
}

pub(crate) fn words_of(list: &str) -> Vec<&'static str> {
    WORDS.get(list).map(|words| words.keys().map(String::as_str).collect()).unwrap_or_default()
}

pub(crate) fn lists() -> Vec<&'static str> {
    WORDS.keys().map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_book_can_be_read() -> Result<(), toml::de::Error> {
        toml::from_str::<Entries>(include_str!("../sentences/refusals.toml"))?;
        toml::from_str::<Entries>(include_str!("../sentences/problems.toml"))?;
        toml::from_str::<Entries>(include_str!("../sentences/reasons.toml"))?;
        toml::from_str::<Entries>(include_str!("../sentences/events.toml"))?;
        toml::from_str::<Words>(include_str!("../sentences/words.toml"))?;
        Ok(())
    }

    #[test]
    fn no_text_is_empty_and_both_languages_name_the_same_facts() {
        for book in [Book::Refusals, Book::Problems, Book::Reasons, Book::Events] {
            for (code, entry) in book.entries() {
                assert!(!entry.zh.trim().is_empty() && !entry.en.trim().is_empty(), "{code}");
                if (entry.zh.as_str(), entry.en.as_str()) != ("{zh}", "{en}") {
                    assert_eq!(template::names(&entry.zh), template::names(&entry.en), "{code}");
                }
            }
        }
        for (code, entry) in Book::Problems.entries() {
            assert!(!entry.title_zh.is_empty() && !entry.title_en.is_empty(), "{code} has no title");
        }
        for word in WORDS.values().flat_map(BTreeMap::values) {
            assert!(!word.zh.is_empty() && !word.en.is_empty(), "{word:?}");
        }
    }
}

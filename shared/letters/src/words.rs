//! The letter's language in templates and lines: pairs that stand side by side.

use peiyu_domain::letter_template::LetterLanguage;
use peiyu_language::Language;

/// Speaks the letter's language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words(pub(crate) Language);

impl Words {
    pub(crate) fn of(language: LetterLanguage) -> Self {
        Self(match language {
            LetterLanguage::Zh => Language::Zh,
            LetterLanguage::En => Language::En,
        })
    }

    /// One of two wordings.
    pub(crate) fn say<T>(self, zh: T, en: T) -> T {
        match self.0 {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    /// A word of a closed list.
    pub(crate) fn word(self, list: &str, word: &str) -> String {
        peiyu_language::word(self.0, list, word)
    }

    /// A day as people write it.
    pub(crate) fn day(self, day: jiff::civil::Date) -> String {
        peiyu_language::date(self.0, &day.to_string())
    }

    /// The tag for `lang`.
    pub(crate) fn tag(self) -> &'static str {
        self.0.tag()
    }
}

//! What a letter can say of its reader: a closed list of names, each spelled in Chinese and in English.

use super::LetterLanguage;

/// A place that is filled when a letter is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Placeholder {
    /// The reader's name.
    Name,
    /// How many duties the reader has.
    Count,
    /// How many of them are overdue.
    Overdue,
    /// The same in brackets, and nothing at all while none is.
    OverdueNote,
    /// The day of the letter.
    Day,
    /// The name of the university's own committee.
    University,
    /// Where the reader finds everything they have to do.
    Link,
}

impl Placeholder {
    /// Every one of them, in the order in which forms list them.
    pub const ALL: [Self; 7] =
        [Self::Name, Self::Count, Self::Overdue, Self::OverdueNote, Self::Day, Self::University, Self::Link];

    /// The stable word, which is also its English name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Count => "count",
            Self::Overdue => "overdue",
            Self::OverdueNote => "overdue_note",
            Self::Day => "day",
            Self::University => "university",
            Self::Link => "link",
        }
    }

    /// As it is typed, without braces.
    #[must_use]
    pub fn name(self, language: LetterLanguage) -> &'static str {
        match (language, self) {
            (LetterLanguage::En, _) => self.as_str(),
            (LetterLanguage::Zh, Self::Name) => "姓名",
            (LetterLanguage::Zh, Self::Count) => "事项数",
            (LetterLanguage::Zh, Self::Overdue) => "逾期数",
            (LetterLanguage::Zh, Self::OverdueNote) => "逾期提示",
            (LetterLanguage::Zh, Self::Day) => "日期",
            (LetterLanguage::Zh, Self::University) => "校党委",
            (LetterLanguage::Zh, Self::Link) => "链接",
        }
    }

    /// As it is typed, braces and all.
    #[must_use]
    pub fn written(self, language: LetterLanguage) -> String {
        format!("{{{}}}", self.name(language))
    }

    /// By either name: whoever writes an English letter may know the Chinese names only.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = name.trim();
        Self::ALL.into_iter().find(|place| {
            name == place.name(LetterLanguage::Zh)
                || name.eq_ignore_ascii_case(place.name(LetterLanguage::En))
        })
    }
}

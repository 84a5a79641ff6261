//! The words of a letter around its list of duties: as typed, and as read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LetterTemplateRefusal, Placeholder, Template, TemplateFault};
use crate::values::{Text, TextError};

/// A language in which letters are written.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LetterLanguage {
    /// 中文.
    #[default]
    Zh,
    /// English.
    En,
}

impl LetterLanguage {
    /// Both of them, Chinese first.
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }
}

/// The texts of a letter, as they are typed and kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Texts {
    /// The subject line.
    pub subject: String,
    /// What stands above the list.
    pub opening: String,
    /// What stands below it: whom to ask, the sign-off.
    pub closing: String,
}

/// One of the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterField {
    /// The subject line.
    Subject,
    /// Above the list.
    Opening,
    /// Below the list.
    Closing,
}

impl LetterField {
    /// All of them, from top to bottom.
    pub const ALL: [Self; 3] = [Self::Subject, Self::Opening, Self::Closing];

    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Opening => "opening",
            Self::Closing => "closing",
        }
    }

    /// What it must say: to whom the letter is, and where its reader goes on.
    #[must_use]
    pub fn required(self) -> Option<Placeholder> {
        match self {
            Self::Subject => None,
            Self::Opening => Some(Placeholder::Name),
            Self::Closing => Some(Placeholder::Link),
        }
    }

    /// Checks, trims, and reads one text.
    fn read(self, typed: &str) -> Result<(String, Template), LetterTemplateRefusal> {
        let refused = |fault| LetterTemplateRefusal { field: self, fault };
        let text = self.checked(&typed.replace("\r\n", "\n").replace('\r', "\n")).map_err(refused)?;
        let template = Template::parse(&text).map_err(refused)?;
        match self.required() {
            Some(place) if !template.has(place) => Err(refused(TemplateFault::Missing(place))),
            Some(_) | None => Ok((text, template)),
        }
    }

    fn checked(self, typed: &str) -> Result<String, TemplateFault> {
        // Programs that read mails take these for ends of lines, and people do not see them.
        if let Some(separator) = typed.chars().find(|character| matches!(character, '\u{2028}' | '\u{2029}'))
        {
            return Err(TemplateFault::Text(TextError::Control(u32::from(separator))));
        }
        let text: Result<String, TextError> = match self {
            Self::Subject => Text::<100>::new(typed).map(String::from),
            Self::Opening => Text::<600>::new(typed).map(String::from),
            Self::Closing => Text::<1000>::new(typed).map(String::from),
        };
        let text = text.map_err(TemplateFault::Text)?;
        match self {
            Self::Subject if text.contains('\n') => Err(TemplateFault::LineBreak),
            Self::Subject if text.contains('\t') => Err(TemplateFault::Text(TextError::Control(9))),
            Self::Subject | Self::Opening | Self::Closing => Ok(text),
        }
    }
}

/// A wording that was read: every letter can be written with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// In which language the rest of the letter is written.
    pub language: LetterLanguage,
    texts: Texts,
    subject: Template,
    opening: Template,
    closing: Template,
}

impl Wording {
    /// Reads what was typed; the first text that does not fit is named.
    ///
    /// # Errors
    /// [`LetterTemplateRefusal`].
    pub fn read(language: LetterLanguage, typed: &Texts) -> Result<Self, LetterTemplateRefusal> {
        let (subject_text, subject) = LetterField::Subject.read(&typed.subject)?;
        let (opening_text, opening) = LetterField::Opening.read(&typed.opening)?;
        let (closing_text, closing) = LetterField::Closing.read(&typed.closing)?;
        let texts = Texts { subject: subject_text, opening: opening_text, closing: closing_text };
        Ok(Self { language, texts, subject, opening, closing })
    }

    /// The words that come with Peiyu.
    #[must_use]
    #[expect(clippy::expect_used, reason = "fixed texts; a test reads them")]
    pub fn shipped(language: LetterLanguage) -> Self {
        Self::read(language, &shipped(language)).expect("the shipped words are right")
    }

    /// As it is kept.
    #[must_use]
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    /// The subject line.
    #[must_use]
    pub fn subject(&self) -> &Template {
        &self.subject
    }

    /// What stands above the list.
    #[must_use]
    pub fn opening(&self) -> &Template {
        &self.opening
    }

    /// What stands below it.
    #[must_use]
    pub fn closing(&self) -> &Template {
        &self.closing
    }
}

fn shipped(language: LetterLanguage) -> Texts {
    let [subject, opening, closing] = match language {
        LetterLanguage::Zh => [
            "【培育】今日待办 {事项数} 项{逾期提示}",
            "{姓名}，您好！\n\n{日期}，今日待办 {事项数} 项{逾期提示}。",
            "全部待办：{链接}\n\n本邮件由系统自动发送，办理完成后不再提醒。",
        ],
        LetterLanguage::En => [
            "[Peiyu] To do today: {count}{overdue_note}",
            "Dear {name},\n\n{day}. To do today: {count}{overdue_note}.",
            "Everything you have to do: {link}\n\nThis mail was sent by the system. What is done is not said again.",
        ],
    };
    Texts { subject: subject.to_owned(), opening: opening.to_owned(), closing: closing.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with(change: impl FnOnce(&mut Texts)) -> Result<Wording, LetterTemplateRefusal> {
        let mut texts = shipped(LetterLanguage::Zh);
        change(&mut texts);
        Wording::read(LetterLanguage::Zh, &texts)
    }

    #[track_caller]
    fn refused(field: LetterField, fault: TemplateFault, change: impl FnOnce(&mut Texts)) {
        assert_eq!(with(change), Err(LetterTemplateRefusal { field, fault }));
    }

    #[test]
    fn the_shipped_words_are_right_in_both_languages() {
        for language in LetterLanguage::ALL {
            assert_eq!(Wording::shipped(language).texts(), &shipped(language));
        }
    }

    #[test]
    fn a_subject_is_one_line_so_that_it_brings_no_header() {
        for line_break in ["\n", "\r", "\r\n"] {
            let typed = format!("待办{line_break}Bcc: a@example.edu");
            refused(LetterField::Subject, TemplateFault::LineBreak, |texts| texts.subject = typed);
        }
    }

    #[test]
    fn control_characters_and_hidden_ends_of_lines_are_refused_everywhere() {
        for (code, hidden) in [(0, "\0"), (0x85, "\u{85}"), (0x2028, "\u{2028}"), (0x202E, "\u{202E}")] {
            let fault = TemplateFault::Text(TextError::Control(code));
            let (subject, closing) = (format!("待{hidden}办"), format!("{{链接}}{hidden}。"));
            refused(LetterField::Subject, fault.clone(), |texts| texts.subject = subject);
            refused(LetterField::Closing, fault, |texts| texts.closing = closing);
        }
    }

    #[test]
    fn empty_and_too_long_texts_are_refused() {
        let empty = TemplateFault::Text(TextError::Empty);
        refused(LetterField::Subject, empty, |texts| texts.subject = "　".to_owned());
        let long = TemplateFault::Text(TextError::TooLong { length: 604, limit: 600 });
        refused(LetterField::Opening, long, |texts| texts.opening = format!("{{姓名}}{}", "谈".repeat(600)));
    }

    #[test]
    fn a_letter_says_to_whom_it_is_and_where_one_goes_on() {
        let name = TemplateFault::Missing(Placeholder::Name);
        refused(LetterField::Opening, name, |texts| texts.opening = "您好！".to_owned());
        let link = TemplateFault::Missing(Placeholder::Link);
        refused(LetterField::Closing, link, |texts| texts.closing = "组织部".to_owned());
    }

    #[test]
    fn ends_of_lines_are_of_one_kind() {
        let wording = with(|texts| texts.closing = "{链接}\r\n组织部\r\n".to_owned());
        assert_eq!(wording.map(|wording| wording.texts.closing), Ok("{链接}\n组织部".to_owned()));
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_accepted_as_kept_or_refused(subject in "\\PC{0,30}", closing in "(?s).{0,40}\\{链接\\}.{0,9}") {
            let typed = Texts { subject, closing, ..shipped(LetterLanguage::Zh) };
            if let Ok(wording) = Wording::read(LetterLanguage::Zh, &typed) {
                prop_assert_eq!(Wording::read(LetterLanguage::Zh, wording.texts()), Ok(wording.clone()));
                let subject = wording.subject().fill(|_| "x");
                prop_assert!(!subject.contains(char::is_control), "{:?}", subject);
            }
        }
    }
}

//! A text with places in it: what stands in braces is a placeholder of the list, and braces stand for nothing else.

use super::Placeholder;
use crate::values::TextError;

/// Characters of an unknown name that a refusal repeats.
const REPEATED: usize = 20;

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As it stands.
    Text(String),
    /// Filled when the letter is written.
    Place(Placeholder),
}

/// A text that was read: whatever is filled in, it can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

/// What is wrong with a text of a letter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateFault {
    /// It is no text that can be kept.
    #[error("{0}")]
    Text(TextError),
    /// A subject is one line: another would be a header of its own.
    #[error("must be one line")]
    LineBreak,
    /// A brace without its other half.
    #[error("holds a brace without its other half")]
    BraceAlone,
    /// What stands in braces is not in the list.
    #[error("holds a placeholder that does not exist")]
    Unknown {
        /// What was typed, cut.
        name: String,
    },
    /// It must say this, and does not.
    #[error("lacks {{{}}}", .0.as_str())]
    Missing(Placeholder),
}

impl Template {
    /// Reads a text. A Chinese keyboard gives full-width braces: they count like the others.
    ///
    /// # Errors
    /// [`TemplateFault::BraceAlone`], [`TemplateFault::Unknown`].
    pub fn parse(text: &str) -> Result<Self, TemplateFault> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, brace, after)) = next_brace(rest) {
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            let place = match (brace, next_brace(after)) {
                (Brace::Open, Some((name, Brace::Close, after))) => {
                    rest = after;
                    Placeholder::named(name).ok_or_else(|| unknown(name))?
                }
                (Brace::Open, Some((_, Brace::Open, _)) | None) | (Brace::Close, _) => {
                    return Err(TemplateFault::BraceAlone);
                }
            };
            pieces.push(Piece::Place(place));
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self(pieces))
    }

    /// Its parts, in order.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// Whether it says this somewhere.
    #[must_use]
    pub fn has(&self, place: Placeholder) -> bool {
        self.0.contains(&Piece::Place(place))
    }

    /// The text with every place filled; what is filled in is not read again.
    pub fn fill<'v>(&self, value: impl Fn(Placeholder) -> &'v str) -> String {
        self.0.iter().fold(String::new(), |mut filled, piece| {
            filled.push_str(match piece {
                Piece::Text(text) => text,
                Piece::Place(place) => value(*place),
            });
            filled
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Brace {
    Open,
    Close,
}

/// The text before the next brace, the brace, and what follows it.
fn next_brace(text: &str) -> Option<(&str, Brace, &str)> {
    let kind = |character| match character {
        '{' | '｛' => Some(Brace::Open),
        '}' | '｝' => Some(Brace::Close),
        _ => None,
    };
    let (at, character, brace) =
        text.char_indices().find_map(|(at, character)| Some((at, character, kind(character)?)))?;
    Some((&text[..at], brace, &text[at + character.len_utf8()..]))
}

fn unknown(name: &str) -> TemplateFault {
    TemplateFault::Unknown { name: name.trim().chars().take(REPEATED).collect() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::letter_template::LetterLanguage;

    /// Texts in which braces, names and half names are common.
    fn typed() -> impl Strategy<Value = String> {
        let names = Placeholder::ALL.into_iter().flat_map(|place| {
            [LetterLanguage::Zh, LetterLanguage::En].map(|language| place.written(language))
        });
        let piece = prop_oneof![
            4 => proptest::sample::select(names.collect::<Vec<_>>()),
            2 => "[ -~\n]{0,12}",
            2 => "[{}｛｝a-z姓名]{0,4}",
            1 => "\\PC{0,6}",
        ];
        proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    fn is_brace(character: char) -> bool {
        "{}｛｝".contains(character)
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_written_and_nothing_in_braces_survives(text in typed()) {
            if let Ok(template) = Template::parse(&text) {
                let written = template.fill(|place| place.as_str());
                prop_assert!(!written.contains(is_brace), "{written}");
                let places = template.pieces().iter().filter(|piece| matches!(piece, Piece::Place(_))).count();
                prop_assert_eq!(places, text.chars().filter(|character| "{｛".contains(*character)).count());
            }
        }

        #[test]
        fn a_text_without_braces_stands_as_it_is(text in "[^{}｛｝]{0,40}") {
            let template = Template::parse(&text);
            prop_assert_eq!(template.map(|template| template.fill(|_| "!")), Ok(text));
        }

        #[test]
        fn what_is_filled_in_is_not_read_again(value in "\\PC{0,20}") {
            let template = Template::parse("{name}").map(|template| template.fill(|_| &value));
            prop_assert_eq!(template, Ok(value.clone()));
        }
    }

    #[test]
    fn either_language_full_width_braces_and_blanks_are_read() {
        let template = Template::parse("｛姓名｝{ NAME }{name｝");
        assert_eq!(
            template.map(|template| template.fill(|place| place.as_str())),
            Ok("namenamename".to_owned())
        );
    }

    #[test]
    fn an_unknown_name_is_told_and_cut() {
        let fault = Template::parse(&format!("{{{}}}", "工号".repeat(30)));
        assert_eq!(fault, Err(TemplateFault::Unknown { name: "工号".repeat(10) }));
        assert_eq!(Template::parse("{}"), Err(TemplateFault::Unknown { name: String::new() }));
    }

    #[test]
    fn a_brace_alone_is_refused() {
        for text in ["{姓名", "姓名}", "{{姓名}}", "}{", "{姓{名}"] {
            assert_eq!(Template::parse(text), Err(TemplateFault::BraceAlone), "{text}");
        }
    }
}

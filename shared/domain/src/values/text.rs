//! Text typed or imported by people: normalised, bounded, without control characters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Non-empty text of at most `MAX` characters; white space at the ends is gone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Text<const MAX: usize>(String);

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// Longer than allowed.
    #[error("is {length} characters long, at most {limit} are allowed")]
    TooLong {
        /// Characters given.
        length: usize,
        /// Characters allowed.
        limit: usize,
    },
    /// A control or bidirectional-override character.
    #[error("contains a control character (U+{0:04X})")]
    Control(u32),
}

impl<const MAX: usize> Text<MAX> {
    /// Checks and trims.
    ///
    /// # Errors
    /// When nothing is left, it is too long, or it holds control characters other than line breaks and tabs.
    pub fn new(text: &str) -> Result<Self, TextError> {
        let trimmed = text.trim_matches(is_blank);
        if trimmed.is_empty() {
            return Err(TextError::Empty);
        }
        if let Some(character) = trimmed.chars().find(|c| is_forbidden(*c)) {
            return Err(TextError::Control(u32::from(character)));
        }
        let length = trimmed.chars().count();
        if length > MAX {
            return Err(TextError::TooLong { length, limit: MAX });
        }
        Ok(Self(trimmed.to_owned()))
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// White space, ideographic space, zero-width characters and the byte-order mark.
#[must_use]
pub fn is_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}')
}

fn is_forbidden(character: char) -> bool {
    let allowed_control = matches!(character, '\n' | '\r' | '\t');
    let bidirectional = matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    (character.is_control() && !allowed_control) || bidirectional
}

impl<const MAX: usize> TryFrom<String> for Text<MAX> {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(&text)
    }
}

impl<const MAX: usize> From<Text<MAX>> for String {
    fn from(text: Text<MAX>) -> Self {
        text.0
    }
}

impl<const MAX: usize> std::fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_of_every_kind_are_no_text() {
        assert_eq!(Text::<10>::new(" \u{3000}\u{200B}\n"), Err(TextError::Empty));
    }

    #[test]
    fn the_limit_counts_characters() {
        assert!(Text::<3>::new("谈心会").is_ok());
        assert_eq!(Text::<3>::new("谈心谈话"), Err(TextError::TooLong { length: 4, limit: 3 }));
    }

    #[test]
    fn a_right_to_left_override_is_refused() {
        assert_eq!(Text::<9>::new("a\u{202E}b"), Err(TextError::Control(0x202E)));
    }
}

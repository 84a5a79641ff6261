//! Which words hold for the letters in one language.

use super::{LetterLanguage, LetterTemplateEvent, LetterTemplateRefusal, Texts, Wording};
use crate::decider::Aggregate;

/// The words of one language; none of one's own means the shipped ones.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LetterTemplate {
    own: Option<Texts>,
}

impl LetterTemplate {
    /// Whether the shipped words hold.
    #[must_use]
    pub fn is_shipped(&self) -> bool {
        self.own.is_none()
    }

    /// The words in force. What was kept and cannot be read any more gives way to the shipped words: somebody must be
    /// reminded all the same.
    #[must_use]
    pub fn wording(&self, language: LetterLanguage) -> Wording {
        let own = self.own.as_ref().and_then(|own| Wording::read(language, own).ok());
        own.unwrap_or_else(|| Wording::shipped(language))
    }

    /// Whether exactly these words are kept already.
    pub(super) fn keeps(&self, texts: &Texts) -> bool {
        self.own.as_ref() == Some(texts)
    }
}

impl Aggregate for LetterTemplate {
    const TYPE: &'static str = "letter_template";
    type Event = LetterTemplateEvent;
    type Refusal = LetterTemplateRefusal;

    fn evolve(&mut self, event: &LetterTemplateEvent) {
        match event {
            LetterTemplateEvent::LetterWordingSet { wording, .. } => self.own = wording.known().cloned(),
            LetterTemplateEvent::LetterWordingRestored { .. } => self.own = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Sensitive;

    #[test]
    fn words_that_are_gone_or_cannot_be_read_give_way_to_the_shipped_ones() {
        let language = LetterLanguage::Zh;
        let unreadable = Texts { subject: "{旧名}".to_owned(), ..Texts::default() };
        for wording in [Sensitive::Erased, Sensitive::Known(unreadable)] {
            let state = LetterTemplate::after(&[LetterTemplateEvent::LetterWordingSet { language, wording }]);
            assert_eq!(state.wording(language), Wording::shipped(language));
        }
    }
}

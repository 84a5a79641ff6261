//! 恢复系统自带用语: the shipped words hold again; what held before stays on record.

use crate::context::Context;
use crate::decider::Decide;
use crate::letter_template::{LetterLanguage, LetterTemplate, LetterTemplateEvent, LetterTemplateRefusal};

/// Back to the shipped words.
#[derive(Debug, Clone, Copy)]
pub struct RestoreLetterWording {
    /// Of which language.
    pub language: LetterLanguage,
}

impl Decide<RestoreLetterWording> for LetterTemplate {
    type Facts = ();

    fn decide(
        &self,
        command: RestoreLetterWording,
        (): &(),
        _: &Context<'_>,
    ) -> Result<Vec<LetterTemplateEvent>, LetterTemplateRefusal> {
        if self.is_shipped() {
            return Ok(Vec::new());
        }
        Ok(vec![LetterTemplateEvent::LetterWordingRestored { language: command.language }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letter_template::Wording;
    use crate::testing::given;

    #[test]
    fn the_shipped_words_are_restored_once() {
        let language = LetterLanguage::En;
        let wording = Wording::shipped(LetterLanguage::Zh).texts().clone().into();
        let set = LetterTemplateEvent::LetterWordingSet { language, wording };
        let restored = LetterTemplateEvent::LetterWordingRestored { language };
        let restore = RestoreLetterWording { language };
        given::<LetterTemplate>([set.clone()]).when(restore, ()).then(std::slice::from_ref(&restored));
        given::<LetterTemplate>([set, restored]).when(restore, ()).nothing();
    }
}

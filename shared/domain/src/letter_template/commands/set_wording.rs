//! 修改信函用语: the department writes its letters in words of its own.

use super::RestoreLetterWording;
use crate::context::Context;
use crate::decider::Decide;
use crate::letter_template::{
    LetterLanguage, LetterTemplate, LetterTemplateEvent, LetterTemplateRefusal, Texts, Wording,
};

/// Choose the words, whole.
#[derive(Debug, Clone)]
pub struct SetLetterWording {
    /// Of which language.
    pub language: LetterLanguage,
    /// The words as typed.
    pub texts: Texts,
}

impl Decide<SetLetterWording> for LetterTemplate {
    type Facts = ();

    fn decide(
        &self,
        command: SetLetterWording,
        (): &(),
        context: &Context<'_>,
    ) -> Result<Vec<LetterTemplateEvent>, LetterTemplateRefusal> {
        let SetLetterWording { language, texts } = command;
        let wording = Wording::read(language, &texts)?;
        if self.keeps(wording.texts()) {
            return Ok(Vec::new());
        }
        // The shipped words typed by hand are the shipped words: a later Peiyu may better them.
        if wording == Wording::shipped(language) {
            return self.decide(RestoreLetterWording { language }, &(), context);
        }
        let wording = wording.texts().clone().into();
        Ok(vec![LetterTemplateEvent::LetterWordingSet { language, wording }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letter_template::{LetterField, TemplateFault};
    use crate::testing::given;

    const LANGUAGE: LetterLanguage = LetterLanguage::Zh;

    fn own(subject: &str) -> Texts {
        Texts { subject: subject.to_owned(), ..Wording::shipped(LANGUAGE).texts().clone() }
    }

    fn set(subject: &str) -> SetLetterWording {
        SetLetterWording { language: LANGUAGE, texts: own(subject) }
    }

    fn was_set(subject: &str) -> LetterTemplateEvent {
        LetterTemplateEvent::LetterWordingSet { language: LANGUAGE, wording: own(subject).into() }
    }

    #[test]
    fn words_of_ones_own_are_put_on_record_whole() {
        given::<LetterTemplate>([])
            .when(set(" 请办理 {事项数} 项 "), ())
            .then(&[was_set("请办理 {事项数} 项")]);
        let earlier = given::<LetterTemplate>([was_set("请办理")]);
        earlier.when(set("请及时办理"), ()).then(&[was_set("请及时办理")]);
    }

    #[test]
    fn the_same_words_again_change_nothing() {
        given::<LetterTemplate>([was_set("请办理")]).when(set("请办理"), ()).nothing();
    }

    #[test]
    fn the_shipped_words_typed_by_hand_are_the_shipped_ones() {
        let shipped = Wording::shipped(LANGUAGE).texts().subject.clone();
        given::<LetterTemplate>([]).when(set(&shipped), ()).nothing();
        let restored = LetterTemplateEvent::LetterWordingRestored { language: LANGUAGE };
        given::<LetterTemplate>([was_set("请办理")]).when(set(&shipped), ()).then(&[restored]);
    }

    #[test]
    fn a_text_that_does_not_fit_is_refused_by_its_name() {
        let refusal = LetterTemplateRefusal {
            field: LetterField::Subject,
            fault: TemplateFault::Unknown { name: "工号".to_owned() },
        };
        given::<LetterTemplate>([]).when(set("{工号}"), ()).refused(&refusal);
    }
}

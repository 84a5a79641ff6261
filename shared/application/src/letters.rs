//! The wording of letters: in force, as it was, and its change.

use peiyu_domain::Aggregate;
use peiyu_domain::access::Right;
use peiyu_domain::letter_template::commands::{RestoreLetterWording, SetLetterWording};
use peiyu_domain::letter_template::{LetterLanguage, LetterTemplate, Texts, Wording};
use peiyu_domain::values::ids::named;
use peiyu_platform::settings::MailLanguage;
use peiyu_store::StreamId;
use uuid::Uuid;

use crate::{Answer, Application, CommandError, Loaded, Request, Unsealed};

/// The language of mails, as the domain calls it.
#[must_use]
pub fn letter_language(setting: MailLanguage) -> LetterLanguage {
    match setting {
        MailLanguage::Zh => LetterLanguage::Zh,
        MailLanguage::En => LetterLanguage::En,
    }
}

impl Application {
    /// The one template of a language.
    fn letter_template_id(&self, language: LetterLanguage) -> Uuid {
        named(&["letter_template", &self.inner.tenant, language.as_str()])
    }

    /// The template of a language as it stands, another process's change included.
    ///
    /// # Errors
    /// When store or vault do not answer, or what they hold cannot be read.
    pub async fn letter_template(
        &self,
        language: LetterLanguage,
    ) -> Result<Loaded<LetterTemplate>, CommandError> {
        self.load(self.letter_template_id(language)).await
    }

    /// The words in force.
    ///
    /// # Errors
    /// As [`Application::letter_template`].
    pub async fn letter_wording(&self, language: LetterLanguage) -> Result<Wording, CommandError> {
        Ok(self.letter_template(language).await?.state.wording(language))
    }

    /// Everything that happened to the words of a language, oldest first.
    ///
    /// # Errors
    /// As [`Application::letter_template`].
    pub async fn letter_changes(&self, language: LetterLanguage) -> Result<Vec<Unsealed>, CommandError> {
        let stream = StreamId::new(LetterTemplate::TYPE, self.letter_template_id(language));
        let recorded = self.inner.store.load(&[stream]).await?.pop().unwrap_or_default();
        self.unsealed(recorded).await
    }

    /// The department writes its letters in words of its own. They speak in its name to everybody, like the policy:
    /// whoever may adopt that one may change them.
    ///
    /// # Errors
    /// A refusal when a text does not fit; [`CommandError::Stale`]; see [`CommandError`].
    pub async fn set_letter_wording(
        &self,
        request: &Request,
        language: LetterLanguage,
        texts: Texts,
    ) -> Result<Answer, CommandError> {
        let id = self.letter_template_id(language);
        let texts = &texts;
        self.handle(request, Right::PolicyAdopt, |frame| {
            Box::pin(async move {
                let loaded = self.load::<LetterTemplate>(id).await?;
                let command = SetLetterWording { language, texts: texts.clone() };
                self.decide_alone(&loaded, command, (), Vec::new(), &frame).await
            })
        })
        .await
    }

    /// The shipped words hold again.
    ///
    /// # Errors
    /// [`CommandError::Stale`]; see [`CommandError`].
    pub async fn restore_letter_wording(
        &self,
        request: &Request,
        language: LetterLanguage,
    ) -> Result<Answer, CommandError> {
        let id = self.letter_template_id(language);
        self.handle(request, Right::PolicyAdopt, |frame| {
            Box::pin(async move {
                let loaded = self.load::<LetterTemplate>(id).await?;
                let command = RestoreLetterWording { language };
                self.decide_alone(&loaded, command, (), Vec::new(), &frame).await
            })
        })
        .await
    }
}

//! The words in force, in every language, with what may stand in them.

use axum::Json;
use axum::extract::State;
use peiyu_domain::letter_template::{LetterField, LetterLanguage, Placeholder, Wording};
use serde::Serialize;
use utoipa::ToSchema;

use super::LetterTexts;
use crate::Api;
use crate::problem::Problem;

/// The letters' words.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LetterTemplates {
    /// One a language, Chinese first.
    items: Vec<LetterTemplate>,
}

/// The words of one language.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LetterTemplate {
    /// The language.
    #[schema(schema_with = crate::words::letter_language)]
    language: LetterLanguage,
    /// Whether mails go out in this language (setting `reminders.language`).
    in_use: bool,
    /// For `If-Match`; 0 while nobody ever changed them.
    version: i64,
    /// Whether the words are those that come with Peiyu.
    is_shipped: bool,
    /// In force.
    texts: LetterTexts,
    /// Those that come with Peiyu.
    shipped: LetterTexts,
    /// What may stand in braces.
    placeholders: Vec<LetterPlaceholder>,
}

/// A place that is filled when a letter is written.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LetterPlaceholder {
    /// The stable word.
    code: &'static str,
    /// As it is typed in this language; the other language's name is taken too.
    written: String,
    /// In which text it must stand, if in any.
    required_in: Option<&'static str>,
}

/// The words in which letters are written now.
#[utoipa::path(get, path = "/v1/reminders/templates", tag = "reminders",
    responses((status = 200, body = LetterTemplates)))]
pub(crate) async fn list(State(api): State<Api>) -> Result<Json<LetterTemplates>, Problem> {
    let mut items = Vec::with_capacity(LetterLanguage::ALL.len());
    for language in LetterLanguage::ALL {
        let loaded = api.application().letter_template(language).await?;
        items.push(LetterTemplate {
            language,
            in_use: language == api.letter_language(),
            version: loaded.version,
            is_shipped: loaded.state.is_shipped(),
            texts: loaded.state.wording(language).texts().into(),
            shipped: Wording::shipped(language).texts().into(),
            placeholders: Placeholder::ALL.into_iter().map(|place| placeholder(place, language)).collect(),
        });
    }
    Ok(Json(LetterTemplates { items }))
}

fn placeholder(place: Placeholder, language: LetterLanguage) -> LetterPlaceholder {
    let required_in = LetterField::ALL.into_iter().find(|field| field.required() == Some(place));
    LetterPlaceholder {
        code: place.as_str(),
        written: place.written(language),
        required_in: required_in.map(LetterField::as_str),
    }
}

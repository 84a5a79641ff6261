//! Who changed the words of the letters, when, and to what.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use peiyu_application::Unsealed;
use peiyu_domain::AnyEvent;
use peiyu_domain::letter_template::{LetterLanguage, LetterTemplateEvent};
use peiyu_domain::values::PersonId;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::names::names_of;
use super::LetterTexts;
use crate::Api;
use crate::door::Path;
use crate::problem::Problem;

/// Most changes that are shown; every one is in the feed.
const MOST: usize = 100;

/// What happened to the words of one language, latest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LetterChanges {
    /// At most the last hundred.
    items: Vec<LetterChange>,
}

/// One change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LetterChange {
    /// The version that it led to.
    version: i64,
    /// `LetterWordingSet` or `LetterWordingRestored`.
    event_type: String,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Timestamp,
    /// Who did it; absent for the operator.
    actor_person: Option<Uuid>,
    /// Their name.
    actor_name: Option<String>,
    /// The words from then on; absent when the shipped ones were restored or the words were erased.
    texts: Option<LetterTexts>,
}

/// What happened to the words of one language, latest first; each with the whole wording.
#[utoipa::path(get, path = "/v1/reminders/templates/{language}/changes", tag = "reminders",
    params(("language" = String, Path, description = "`zh` or `en`")),
    responses((status = 200, body = LetterChanges)))]
pub(crate) async fn changes(
    State(api): State<Api>,
    Path(language): Path<LetterLanguage>,
) -> Result<Json<LetterChanges>, Problem> {
    let mut changes = api.application().letter_changes(language).await?;
    changes.reverse();
    changes.truncate(MOST);
    let actors = changes.iter().filter_map(|change| change.recorded.metadata.actor_person);
    let names = names_of(&api, actors.map(PersonId)).await?;
    let change = |change: Unsealed| {
        let metadata = &change.recorded.metadata;
        let actor = metadata.actor_person;
        LetterChange {
            version: change.recorded.sequence,
            event_type: change.recorded.event_type.clone(),
            recorded_at: metadata.recorded_at,
            actor_person: actor,
            actor_name: actor.and_then(|actor| names.get(&PersonId(actor)).cloned()),
            texts: texts(&change.event),
        }
    };
    Ok(Json(LetterChanges { items: changes.into_iter().map(change).collect() }))
}

fn texts(event: &AnyEvent) -> Option<LetterTexts> {
    match event {
        AnyEvent::LetterTemplate(LetterTemplateEvent::LetterWordingSet { wording, .. }) => {
            wording.known().map(LetterTexts::from)
        }
        _ => None,
    }
}

//! 修改信函用语.

use axum::extract::State;
use peiyu_domain::letter_template::LetterLanguage;

use super::LetterTexts;
use crate::Api;
use crate::door::{Command, Done, Path};
use crate::problem::Problem;

/// Choose the words of the letters in a language, whole; they hold from the next letter on.
#[utoipa::path(post, path = "/v1/reminders/templates/{language}", tag = "reminders",
    params(("language" = String, Path, description = "`zh` or `en`")), request_body = LetterTexts,
    responses((status = 200, body = Done)))]
pub(crate) async fn set(
    State(api): State<Api>,
    Path(language): Path<LetterLanguage>,
    command: Command<LetterTexts>,
) -> Result<Done, Problem> {
    let (texts, request) = command.on_what_was_seen()?;
    Ok(api.application().set_letter_wording(&request, language, texts.into()).await?.into())
}

//! 恢复系统自带用语.

use axum::extract::State;
use peiyu_domain::letter_template::LetterLanguage;

use super::super::held::Nothing;
use crate::Api;
use crate::door::{Command, Done, Path};
use crate::problem::Problem;

/// The shipped words hold again; what held before stays on record.
#[utoipa::path(post, path = "/v1/reminders/templates/{language}/restore", tag = "reminders",
    params(("language" = String, Path, description = "`zh` or `en`")), request_body = Nothing,
    responses((status = 200, body = Done)))]
pub(crate) async fn restore(
    State(api): State<Api>,
    Path(language): Path<LetterLanguage>,
    command: Command<Nothing>,
) -> Result<Done, Problem> {
    let (Nothing {}, request) = command.on_what_was_seen()?;
    Ok(api.application().restore_letter_wording(&request, language).await?.into())
}

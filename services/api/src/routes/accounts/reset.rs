//! Issue a new password.

use axum::Json;
use axum::extract::State;
use peiyu_domain::values::AccountId;
use secrecy::ExposeSecret;
use serde::Deserialize;
use utoipa::ToSchema;

use super::WithPassword;
use crate::Api;
use crate::door::{Command, Path};
use crate::problem::Problem;

/// Nothing is needed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetPassword {}

/// Issue a new password, shown once; every session and token of the account ends.
#[utoipa::path(post, path = "/v1/accounts/{id}/password", tag = "accounts", request_body = ResetPassword,
    params(("id" = Uuid, Path, description = "Id of the account.")),
    responses((status = 200, body = WithPassword)))]
pub(crate) async fn reset(
    State(api): State<Api>,
    Path(account): Path<AccountId>,
    command: Command<ResetPassword>,
) -> Result<Json<WithPassword>, Problem> {
    let (_, request) = command.new_record();
    let sent_before = api.application().known_answer(&request).await?.is_some();
    let answer = api.application().issue_password(&request, account).await?;
    // Sent again, it must not take away the password that somebody got meanwhile.
    let password = match sent_before {
        true => None,
        false => Some(api.sign_in().reset_password(account).await?.expose_secret().to_owned()),
    };
    Ok(Json(WithPassword { id: answer.id, version: answer.version, event: answer.event, password }))
}

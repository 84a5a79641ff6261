//! Change one's own password.

use axum::extract::State;
use axum::http::StatusCode;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Api;
use crate::door::{Body, Caller};
use crate::problem::{Code, Problem};
use crate::sign_in::SignInError;

/// The present and the new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    /// The present one.
    #[schema(value_type = String, format = Password)]
    present: SecretString,
    /// The new one, 10 to 200 characters.
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 200)]
    new: SecretString,
}

/// Change one's own password: every other session and every token ends.
#[utoipa::path(post, path = "/v1/account/password", tag = "sign-in", request_body = Change,
    responses((status = 204, description = "Changed.")))]
pub(crate) async fn change(
    State(api): State<Api>,
    caller: Caller,
    Body(change): Body<Change>,
) -> Result<StatusCode, Problem> {
    let account = caller.account().ok_or_else(|| Problem::new(Code::PersonNeeded))?;
    let changed = api.sign_in().change_password(account, change.present, change.new, caller.session()).await;
    match changed {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(SignInError::Failed) => Err(Problem::new(Code::PasswordWrong)),
        Err(error) => Err(error.into()),
    }
}

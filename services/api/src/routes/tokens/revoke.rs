//! Take a token back.

use axum::extract::State;
use axum::http::StatusCode;
use uuid::Uuid;

use crate::Api;
use crate::door::{Caller, Path};
use crate::problem::{Code, Problem};

/// Take one of one's own tokens back.
#[utoipa::path(delete, path = "/v1/tokens/{id}", tag = "sign-in",
    params(("id" = Uuid, Path, description = "Id of the token.")),
    responses((status = 204, description = "Taken back.")))]
pub(crate) async fn revoke(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    let account = caller.account().ok_or_else(|| Problem::new(Code::NotFound))?;
    if api.sign_in().revoke_token(account, id).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::new(Code::NotFound))
}

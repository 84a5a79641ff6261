//! Close an account.

use axum::extract::State;
use axum::http::request::Parts;
use peiyu_domain::values::AccountId;

use crate::Api;
use crate::door::command::Envelope;
use crate::door::{Caller, Done, Path};
use crate::problem::Problem;

/// Close an account for good; its password, sessions and tokens are gone.
#[utoipa::path(delete, path = "/v1/accounts/{id}", tag = "accounts",
    params(("id" = Uuid, Path, description = "Id of the account.")),
    responses((status = 200, body = Done)))]
pub(crate) async fn close(
    State(api): State<Api>,
    caller: Caller,
    Path(account): Path<AccountId>,
    parts: Parts,
) -> Result<Done, Problem> {
    let route = format!("DELETE {}", parts.uri.path());
    let request = Envelope::of_deletion(&parts).request(&api, &caller, &route, b"");
    let answer = api.application().close_account(&request, account).await?;
    api.sign_in().forget(account).await?;
    Ok(answer.into())
}

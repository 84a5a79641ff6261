//! Take a granted right back.

use axum::extract::State;
use axum::http::request::Parts;
use peiyu_domain::access::Right;
use peiyu_domain::values::AccountId;
use serde_json::json;

use crate::Api;
use crate::door::command::Envelope;
use crate::door::{Caller, Done, Path};
use crate::problem::{Code, Problem};

/// Take a granted right back; those of offices stay.
#[utoipa::path(delete, path = "/v1/accounts/{id}/rights/{right}", tag = "accounts",
    params(("id" = Uuid, Path, description = "Id of the account."),
        ("right" = String, Path, description = "The right, as a word.")),
    responses((status = 200, body = Done)))]
pub(crate) async fn revoke(
    State(api): State<Api>,
    caller: Caller,
    Path((account, right)): Path<(AccountId, String)>,
    parts: Parts,
) -> Result<Done, Problem> {
    let right: Right =
        right.parse().map_err(|_| Problem::with_facts(Code::ParameterUnfit, json!({ "fault": "right" })))?;
    let route = format!("DELETE {}", parts.uri.path());
    let request = Envelope::of_deletion(&parts).request(&api, &caller, &route, b"");
    Ok(api.application().revoke_right(&request, account, right).await?.into())
}

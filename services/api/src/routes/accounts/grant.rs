//! Grant a right beyond those of offices.

use axum::extract::State;
use peiyu_domain::access::Right;
use peiyu_domain::values::AccountId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Api;
use crate::door::{Command, Done, Path};
use crate::problem::Problem;
use crate::words;

/// The right.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantRight {
    /// As a word, such as `feed.read`.
    #[schema(schema_with = words::right)]
    right: Right,
}

/// Grant an account a right beyond those of its person's offices. Nobody grants what they do not have.
#[utoipa::path(post, path = "/v1/accounts/{id}/rights", tag = "accounts", request_body = GrantRight,
    params(("id" = Uuid, Path, description = "Id of the account.")),
    responses((status = 200, body = Done)))]
pub(crate) async fn grant(
    State(api): State<Api>,
    Path(account): Path<AccountId>,
    command: Command<GrantRight>,
) -> Result<Done, Problem> {
    let caller = command.caller.clone();
    let (body, request) = command.new_record();
    caller.must(body.right)?;
    Ok(api.application().grant_right(&request, account, body.right).await?.into())
}

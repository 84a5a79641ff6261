//! Adopt a policy.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Api;
use crate::door::{Command, Done};
use crate::problem::Problem;

/// A policy file.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPolicy {
    /// Its whole content, TOML.
    content: String,
}

/// Adopt a version of the policy: its whole content is put on record.
#[utoipa::path(post, path = "/v1/policies", tag = "policies", request_body = NewPolicy,
    responses((status = 200, body = Done)))]
pub(crate) async fn adopt(State(api): State<Api>, command: Command<NewPolicy>) -> Result<Done, Problem> {
    let (body, request) = command.new_record();
    Ok(api.application().adopt_policy(&request, body.content).await?.into())
}

//! The policy in force.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Api;
use crate::problem::Problem;

/// The numbers in force today.
#[derive(Serialize, ToSchema)]
pub(crate) struct CurrentPolicy {
    /// Name of the version.
    version: String,
    /// SHA-256 of its content, lower-case hex.
    hash: String,
    /// From which day it holds.
    #[schema(value_type = String, format = Date)]
    valid_from: jiff::civil::Date,
    /// The TOML text, each number with its source.
    content: String,
}

/// The policy in force today.
#[utoipa::path(get, path = "/v1/policies/current", tag = "policies",
    responses((status = 200, body = CurrentPolicy)))]
pub(crate) async fn current(State(api): State<Api>) -> Result<Json<CurrentPolicy>, Problem> {
    let policy = api.application().policy_today().await?;
    Ok(Json(CurrentPolicy {
        version: policy.version.clone(),
        hash: policy.hash.clone(),
        valid_from: policy.valid_from,
        content: api.application().policy_text_today().await?,
    }))
}

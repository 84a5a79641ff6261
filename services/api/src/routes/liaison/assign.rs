//! Assign a liaison.

use axum::extract::State;
use jiff::civil::Date;
use peiyu_domain::values::PersonId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Api;
use crate::door::{Command, Done, Path};
use crate::problem::Problem;

/// Who accompanies, and since when.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssignLiaison {
    /// The leader who takes the candidate on.
    #[schema(value_type = Uuid)]
    liaison: PersonId,
    /// From which day; today unless given.
    #[schema(value_type = Option<String>, format = Date)]
    since: Option<Date>,
}

/// Assign somebody of the pool a liaison (Opinions 三(四)).
#[utoipa::path(post, path = "/v1/candidates/{id}/liaison", tag = "liaison", request_body = AssignLiaison,
    params(("id" = Uuid, Path, description = "Id of the candidate.")),
    responses((status = 200, body = Done)))]
pub(crate) async fn assign(
    State(api): State<Api>,
    Path(candidate): Path<PersonId>,
    command: Command<AssignLiaison>,
) -> Result<Done, Problem> {
    let (body, request) = command.new_record();
    Ok(api.application().assign_liaison(&request, candidate, body.liaison, body.since).await?.into())
}

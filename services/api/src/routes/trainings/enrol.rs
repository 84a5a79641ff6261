//! Enrol a participant.

use axum::extract::State;
use peiyu_domain::values::{ClassId, PersonId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Api;
use crate::door::{Command, Done, Path};
use crate::problem::Problem;

/// Who.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewParticipant {
    /// Somebody of the pool.
    #[schema(value_type = Uuid)]
    person: PersonId,
}

/// Enrol somebody of the pool in a class.
#[utoipa::path(post, path = "/v1/trainings/{id}/participants", tag = "trainings",
    request_body = NewParticipant,
    params(("id" = Uuid, Path, description = "Id of the class.")),
    responses((status = 200, body = Done)))]
pub(crate) async fn enrol(
    State(api): State<Api>,
    Path(class): Path<ClassId>,
    command: Command<NewParticipant>,
) -> Result<Done, Problem> {
    let (body, request) = command.new_record();
    Ok(api.application().enrol_in_training(&request, class, body.person).await?.into())
}

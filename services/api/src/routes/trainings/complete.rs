//! Record a participant's result.

use axum::extract::State;
use jiff::civil::Date;
use peiyu_domain::training_class::commands::CompleteTraining;
use peiyu_domain::values::{ClassId, Outcome, PersonId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Api;
use crate::door::{Command, Done, Path};
use crate::problem::Problem;
use crate::words;

use super::Hours;

/// The result.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrainingResult {
    /// Day.
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// Hours attended, one decimal at most.
    #[schema(value_type = f64, minimum = 0, multiple_of = 0.1)]
    hours: Hours,
    /// Result.
    #[schema(schema_with = words::outcome)]
    outcome: Outcome,
}

/// Record one participant's result; it also enters the candidate's own record.
#[utoipa::path(post, path = "/v1/trainings/{id}/participants/{person}/completion", tag = "trainings",
    request_body = TrainingResult,
    params(("id" = Uuid, Path, description = "Id of the class."),
        ("person" = Uuid, Path, description = "Id of the participant.")),
    responses((status = 200, body = Done)))]
pub(crate) async fn complete(
    State(api): State<Api>,
    Path((class, participant)): Path<(ClassId, PersonId)>,
    command: Command<TrainingResult>,
) -> Result<Done, Problem> {
    let (body, request) = command.new_record();
    let TrainingResult { on, hours, outcome } = body;
    let command = CompleteTraining { participant, on, hours_tenths: hours.tenths(), outcome };
    Ok(api.application().complete_training(&request, class, command).await?.into())
}

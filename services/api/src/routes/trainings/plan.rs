//! Plan a class.

use axum::extract::State;
use jiff::civil::Date;
use peiyu_domain::training_class::ClassPlan;
use peiyu_domain::values::{ClassId, OrganisationId, Text, TrainingForm};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Api;
use crate::door::{Command, Done};
use crate::problem::Problem;
use crate::words;

use super::Hours;

/// What a class is meant to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewClass {
    /// Title, at most 100 characters.
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    title: Text<100>,
    /// Who holds it.
    #[schema(value_type = Uuid)]
    organisation: OrganisationId,
    /// Form.
    #[schema(schema_with = words::training_form)]
    form: TrainingForm,
    /// First day.
    #[schema(value_type = String, format = Date)]
    from: Date,
    /// Last day.
    #[schema(value_type = String, format = Date)]
    to: Date,
    /// Planned hours, one decimal at most.
    #[schema(value_type = f64, minimum = 0, multiple_of = 0.1)]
    hours: Hours,
    /// Most participants, if limited.
    places: Option<u32>,
}

/// Plan a class for the key group (Opinions 三(五)).
#[utoipa::path(post, path = "/v1/trainings", tag = "trainings", request_body = NewClass,
    responses((status = 200, body = Done)))]
pub(crate) async fn plan(State(api): State<Api>, command: Command<NewClass>) -> Result<Done, Problem> {
    let (body, request) = command.new_record();
    let NewClass { title, organisation, form, from, to, hours, places } = body;
    let plan = ClassPlan { title, organisation, form, from, to, hours_tenths: hours.tenths(), places };
    Ok(api.application().plan_training(&request, ClassId::random(), plan).await?.into())
}

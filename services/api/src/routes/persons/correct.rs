//! Correct a field of a person's record.

use axum::extract::State;
use peiyu_domain::person::Field;
use peiyu_domain::person::commands::CorrectPerson;
use peiyu_domain::values::PersonId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Api;
use crate::door::{Command, Done, Path};
use crate::problem::Problem;
use crate::words;

/// One field set right, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonCorrection {
    /// Which field.
    #[schema(schema_with = words::field)]
    field: Field,
    /// Its right value; empty to say that it is empty. Dates are `YYYY-MM-DD` or `YYYY-MM`.
    value: String,
    /// Why.
    reason: String,
}

/// Correct a field; from now on no roster overwrites it.
#[utoipa::path(post, path = "/v1/persons/{id}/corrections", tag = "persons", request_body = PersonCorrection,
    params(("id" = Uuid, Path, description = "Id of the person."),
        ("If-Match" = String, Header, description = "Version of the person that was seen.")),
    responses((status = 200, body = Done)))]
pub(crate) async fn correct(
    State(api): State<Api>,
    Path(person): Path<PersonId>,
    command: Command<PersonCorrection>,
) -> Result<Done, Problem> {
    let (body, request) = command.on_what_was_seen()?;
    let PersonCorrection { field, value, reason } = body;
    let command = CorrectPerson { field, value, reason };
    Ok(api.application().correct_person(&request, person, command).await?.into())
}

//! End an office.

use axum::extract::State;
use jiff::civil::Date;
use peiyu_domain::organisation::commands::EndOffice;
use peiyu_domain::values::{OfficeKind, OrganisationId, PersonId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Api;
use crate::door::{Command, Done, Path};
use crate::problem::Problem;
use crate::words;

/// Whose office ends, and when.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfficeEnd {
    /// Who holds it.
    #[schema(value_type = Uuid)]
    person: PersonId,
    /// Kind of office.
    #[schema(schema_with = words::office_kind)]
    office: OfficeKind,
    /// First day on which it is no longer held.
    #[schema(value_type = String, format = Date)]
    until: Date,
}

/// End the open term of an office.
#[utoipa::path(post, path = "/v1/organisations/{id}/offices/end", tag = "organisations",
    request_body = OfficeEnd,
    params(("id" = Uuid, Path, description = "Id of the organisation."),
        ("If-Match" = String, Header, description = "Version of the organisation that was seen.")),
    responses((status = 200, body = Done)))]
pub(crate) async fn end_office(
    State(api): State<Api>,
    Path(organisation): Path<OrganisationId>,
    command: Command<OfficeEnd>,
) -> Result<Done, Problem> {
    let (body, request) = command.on_what_was_seen()?;
    let OfficeEnd { person, office, until } = body;
    let command = EndOffice { person, office, until };
    Ok(api.application().end_office(&request, organisation, command).await?.into())
}

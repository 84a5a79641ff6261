//! End an assignment, or hand it over.

use axum::extract::State;
use jiff::civil::Date;
use peiyu_domain::candidate::LiaisonEnd;
use peiyu_domain::values::PersonId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Api;
use crate::door::{Command, Done, Path};
use crate::problem::Problem;
use crate::words;

/// When and why it ends, and who takes over.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndLiaison {
    /// Last day; today unless given.
    #[schema(value_type = Option<String>, format = Date)]
    on: Option<Date>,
    /// Why; with a successor it is a hand-over, else `unavailable` unless said otherwise.
    #[serde(default = "EndLiaison::default_reason")]
    #[schema(schema_with = words::liaison_end)]
    reason: LiaisonEnd,
    /// Who takes over on the same day.
    #[schema(value_type = Option<Uuid>)]
    successor: Option<PersonId>,
}

impl EndLiaison {
    fn default_reason() -> LiaisonEnd {
        LiaisonEnd::Unavailable
    }
}

/// End an assignment; with a successor it is handed over on the same day.
#[utoipa::path(post, path = "/v1/candidates/{id}/liaison/end", tag = "liaison", request_body = EndLiaison,
    params(("id" = Uuid, Path, description = "Id of the candidate."),
        ("If-Match" = String, Header, description = "Version of the candidate that was seen.")),
    responses((status = 200, body = Done)))]
pub(crate) async fn end(
    State(api): State<Api>,
    Path(candidate): Path<PersonId>,
    command: Command<EndLiaison>,
) -> Result<Done, Problem> {
    let (body, request) = command.on_what_was_seen()?;
    let EndLiaison { on, reason, successor } = body;
    Ok(api.application().end_liaison(&request, candidate, on, reason, successor).await?.into())
}

//! The head of one candidate, with the version that changes rest on.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use jiff::civil::Date;
use peiyu_domain::access::Right;
use peiyu_domain::candidate::Candidate;
use peiyu_domain::values::PersonId;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Api;
use crate::door::command::etag;
use crate::door::{Caller, Path};
use crate::problem::{Code, Problem};

/// Somebody in the pool, or who was in it.
#[derive(Serialize, ToSchema)]
pub(crate) struct CandidateHead {
    /// The person's id.
    id: Uuid,
    /// Version, also in `ETag`.
    version: i64,
    /// Since when in the pool; absent when not in it.
    #[schema(value_type = Option<String>, format = Date)]
    in_pool_since: Option<Date>,
    /// Who accompanies them.
    liaison: Option<Uuid>,
    /// Since when.
    #[schema(value_type = Option<String>, format = Date)]
    liaison_since: Option<Date>,
    /// Talks on record.
    talks: u32,
}

/// The head of one candidate.
#[utoipa::path(get, path = "/v1/candidates/{id}", tag = "candidates", params(("id" = Uuid, Path)),
    responses((status = 200, body = CandidateHead)))]
pub(crate) async fn head(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<([(header::HeaderName, HeaderValue); 1], Json<CandidateHead>), Problem> {
    let loaded = api.application().load::<Candidate>(id).await?;
    let assignment = loaded.state.assignment();
    let accompanies = assignment.is_some_and(|assignment| Some(assignment.liaison) == caller.actor().person);
    let person = PersonId(id);
    if !accompanies && !api.application().sees_person(caller.actor(), Right::PoolRead, person).await? {
        return Err(Problem::new(Code::NotFound));
    }
    let body = CandidateHead {
        id,
        version: loaded.version,
        in_pool_since: loaded.state.in_pool_since(),
        liaison: assignment.map(|assignment| assignment.liaison.0),
        liaison_since: assignment.map(|assignment| assignment.since),
        talks: loaded.state.next_talk_number() - 1,
    };
    Ok(([(header::ETAG, etag(loaded.version))], Json(body)))
}

//! What is known of one person, with the version that corrections rest on.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use peiyu_domain::access::Right;
use peiyu_domain::person::Person;
use peiyu_domain::values::PersonId;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Api;
use crate::door::command::etag;
use crate::door::page::row;
use crate::door::{Caller, Path};
use crate::problem::{Code, Problem};

/// A person's record.
#[derive(Serialize, ToSchema)]
pub(crate) struct PersonHead {
    /// Random id.
    id: Uuid,
    /// Version, also in `ETag`.
    version: i64,
    /// Field by field; what is empty is absent.
    #[schema(value_type = Object)]
    record: Value,
    /// Whether the policy or an officer counts them to the key group.
    key_group: Option<bool>,
}

/// What is known of one person.
#[utoipa::path(get, path = "/v1/persons/{id}", tag = "persons", params(("id" = Uuid, Path)),
    responses((status = 200, body = PersonHead)))]
pub(crate) async fn head(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<([(header::HeaderName, HeaderValue); 1], Json<PersonHead>), Problem> {
    if !api.application().sees_person(caller.actor(), Right::PoolRead, PersonId(id)).await? {
        return Err(Problem::new(Code::NotFound));
    }
    let loaded = api.application().load::<Person>(id).await?;
    let body = PersonHead {
        id,
        version: loaded.version,
        record: row(loaded.state.record())?,
        key_group: loaded.state.assessment().map(|assessment| assessment.key_group),
    };
    Ok(([(header::ETAG, etag(loaded.version))], Json(body)))
}

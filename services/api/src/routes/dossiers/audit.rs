//! Who looked at whose dossier, in an insert-only table.

use peiyu_domain::values::PersonId;
use uuid::Uuid;

use crate::Api;
use crate::door::Caller;
use crate::problem::Problem;

/// Puts a look on record before anything is shown.
pub(crate) async fn looked(
    api: &Api,
    caller: &Caller,
    subject: PersonId,
    what: &str,
    request: Uuid,
) -> Result<(), Problem> {
    sqlx::query(
        "insert into api.reads (principal, reader, subject, what, request_id) values ($1, $2, $3, $4, $5)",
    )
    .bind(caller.actor().principal)
    .bind(caller.actor().person.map(|person| person.0))
    .bind(subject.0)
    .bind(what)
    .bind(request.to_string())
    .execute(api.pool())
    .await?;
    Ok(())
}

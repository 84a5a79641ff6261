//! Who takes part in a class, with results.

use axum::extract::State;
use peiyu_domain::access::Right;
use peiyu_domain::values::{ClassId, PersonId};
use peiyu_views::places::Sight;
use peiyu_views::{View, attendance, training};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::Api;
use crate::door::page::{Page, decode, encode, limit, row};
use crate::door::{After, Caller, Path, Query, Shown};
use crate::problem::{Code, Problem};

/// Read models that the list rests on.
const VIEWS: &[View] = &[View::Training, View::Persons, View::Candidates];

/// Which of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Rows at most, 1 to 200.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Participants of a class within one's part of the tree, with their results; the class counts all of them.
#[utoipa::path(get, path = "/v1/trainings/{id}/participants", tag = "trainings",
    params(("id" = Uuid, Path, description = "Id of the class."), Wanted),
    responses((status = 200, body = Page)))]
pub(crate) async fn participants(
    State(api): State<Api>,
    caller: Caller,
    after: After,
    Path(class): Path<ClassId>,
    Query(wanted): Query<Wanted>,
) -> Result<Shown<Page>, Problem> {
    let position = after.wait(&api, VIEWS).await?;
    let limit = limit(wanted.limit)?;
    let cursor: Option<PersonId> = wanted.cursor.as_deref().map(decode).transpose()?;
    training::by_id(api.pool(), class).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
    let scope = caller.scope(Right::TrainingManage);
    let sight = Sight::of(api.pool(), &scope, caller.actor().person).await?;
    let found = attendance::of_class(api.pool(), class, &sight, cursor, limit).await?;
    let full = i64::try_from(found.len()).is_ok_and(|found| found == limit);
    let next_cursor = found.last().filter(|_| full).map(|last| encode(&last.person));
    let items: Result<Vec<Value>, Problem> = found.iter().map(row).collect();
    Ok(Shown { position, body: Page { items: items?, next_cursor } })
}

//! Classes, latest first.

use axum::extract::State;
use jiff::civil::Date;
use peiyu_domain::values::ClassId;
use peiyu_views::{View, training};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::Api;
use crate::door::page::{Page, decode, encode, limit, row};
use crate::door::{After, Query, Shown};
use crate::problem::Problem;

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

/// Classes, latest first.
#[utoipa::path(get, path = "/v1/trainings", tag = "trainings", params(Wanted),
    responses((status = 200, body = Page)))]
pub(crate) async fn list(
    State(api): State<Api>,
    after: After,
    Query(wanted): Query<Wanted>,
) -> Result<Shown<Page>, Problem> {
    let position = after.wait(&api, &[View::Training]).await?;
    let limit = limit(wanted.limit)?;
    let cursor: Option<(Date, ClassId)> = wanted.cursor.as_deref().map(decode).transpose()?;
    let classes = training::list(api.pool(), cursor, limit).await?;
    let full = i64::try_from(classes.len()).is_ok_and(|classes| classes == limit);
    let next_cursor = classes.last().filter(|_| full).map(|last| encode(&(last.from, last.id)));
    let items: Result<Vec<Value>, Problem> = classes.iter().map(row).collect();
    Ok(Shown { position, body: Page { items: items?, next_cursor } })
}

//! 联系责任人: who accompanies people or may, with their load; and nothing of the people themselves.

use axum::extract::State;
use jiff::civil::Date;
use peiyu_views::coverage;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::coverage::{AsOf, leader};
use super::matrix::VIEWS;
use crate::Api;
use crate::door::{After, Query, Shown};
use crate::problem::Problem;

/// The leaders of a day.
#[derive(Serialize, ToSchema)]
pub(crate) struct Leaders {
    /// The day.
    #[schema(value_type = String, format = Date)]
    as_of: Date,
    /// Everybody who accompanies somebody or may, least load first.
    #[schema(value_type = Vec<Object>)]
    leaders: Vec<Value>,
}

/// Everybody who accompanies somebody on a day or may, least load first. Who leads is seen by everybody who may ask.
#[utoipa::path(get, path = "/v1/coverage/leaders", tag = "pool", params(AsOf),
    responses((status = 200, body = Leaders)))]
pub(crate) async fn leaders(
    State(api): State<Api>,
    after: After,
    Query(asked): Query<AsOf>,
) -> Result<Shown<Leaders>, Problem> {
    let position = after.wait(&api, &VIEWS).await?;
    let as_of = asked.as_of.unwrap_or_else(|| api.application().clock().today());
    let found = coverage::leaders(api.pool(), as_of).await?;
    Ok(Shown { position, body: Leaders { as_of, leaders: found.iter().map(leader).collect() } })
}

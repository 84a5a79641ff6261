//! 联系覆盖 (Opinions 三(四): 全覆盖无缝隙): who has nobody, which leader has nobody, loads, gaps in days.

use axum::extract::State;
use jiff::civil::Date;
use peiyu_domain::access::Right;
use peiyu_views::View;
use peiyu_views::coverage::{self, Leader};
use peiyu_views::places::Sight;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::Api;
use crate::door::page::row;
use crate::door::{After, Caller, Query, Shown};
use crate::problem::Problem;

/// Gaps shown at most.
pub(super) const MOST_GAPS: i64 = 1000;

/// As of which day.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AsOf {
    /// Today unless said otherwise.
    #[param(value_type = Option<String>, format = Date)]
    pub(super) as_of: Option<Date>,
}

/// The picture of one day.
#[derive(Serialize, ToSchema)]
pub(crate) struct CoverageOfDay {
    /// The day.
    #[schema(value_type = String, format = Date)]
    as_of: Date,
    /// People in the pool.
    pool: i64,
    /// Of them, those with a liaison.
    covered: i64,
    /// Who has nobody, longest gap first.
    #[schema(value_type = Vec<Object>)]
    without_liaison: Vec<Value>,
    /// Leaders obliged to accompany somebody, who accompany nobody.
    #[schema(value_type = Vec<Object>)]
    leaders_with_nobody: Vec<Value>,
    /// Everybody who accompanies somebody or may, least load first.
    #[schema(value_type = Vec<Object>)]
    loads: Vec<Value>,
    /// Gaps up to the day, open ones first, of each the earliest first (1,000 at most).
    #[schema(value_type = Vec<Object>)]
    gaps: Vec<Value>,
}

/// Coverage on a day.
#[utoipa::path(get, path = "/v1/coverage", tag = "pool", params(AsOf),
    responses((status = 200, body = CoverageOfDay)))]
pub(crate) async fn coverage(
    State(api): State<Api>,
    caller: Caller,
    after: After,
    Query(asked): Query<AsOf>,
) -> Result<Shown<CoverageOfDay>, Problem> {
    let views = [View::Persons, View::Candidates, View::Organisations];
    let position = after.wait(&api, &views).await?;
    let as_of = asked.as_of.unwrap_or_else(|| api.application().clock().today());
    let sight = Sight::of(api.pool(), &caller.scope(Right::PoolRead), caller.actor().person).await?;
    let found = coverage::as_of(api.pool(), as_of, &sight).await?;
    let gaps = coverage::gaps(api.pool(), as_of, &sight, None, MOST_GAPS).await?;
    let without = found.without.iter().map(|uncovered| {
        json!({
            "id": uncovered.candidate, "name": uncovered.name, "staff_number": uncovered.staff_number,
            "unit": uncovered.unit, "room": uncovered.room, "since": uncovered.gap_since,
            "gap_days": uncovered.days,
        })
    });
    let body = CoverageOfDay {
        as_of,
        pool: found.pool,
        covered: found.covered,
        without_liaison: without.collect(),
        leaders_with_nobody: found.with_nobody().map(leader).collect(),
        loads: found.leaders.iter().map(leader).collect(),
        gaps: gaps.rows.iter().map(row).collect::<Result<_, _>>()?,
    };
    Ok(Shown { position, body })
}

/// A leader as lists have them.
pub(super) fn leader(leader: &Leader) -> Value {
    let first = leader.offices.first();
    json!({
        "id": leader.person, "name": leader.name, "staff_number": leader.staff_number, "unit": leader.unit,
        "organisation": first.map(|held| &held.organisation_name), "title": first.map(|held| &held.title),
        "obliged": leader.obliged, "load": leader.load,
    })
}

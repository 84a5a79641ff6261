//! Everybody in the pool within one's part of the tree, filtered by codes, never by names.

use axum::extract::State;
use jiff::civil::Date;
use peiyu_domain::access::Right;
use peiyu_domain::policy::Policy;
use peiyu_domain::values::{Category, OrganisationId, PersonId};
use peiyu_views::places::Sight;
use peiyu_views::pool::{self, Cursor, Order, PoolFilter};
use peiyu_views::{View, persons};
use serde::Deserialize;
use utoipa::IntoParams;

use super::rows::{Pressing, Rows, places};
use crate::Api;
use crate::door::page::{Page, decode, encode, limit};
use crate::door::{After, Caller, Query, Shown};
use crate::problem::Problem;

/// Which of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// A category of the key group.
    #[param(value_type = Option<String>)]
    category: Option<Category>,
    /// An organisation with what is below it.
    #[param(value_type = Option<Uuid>)]
    organisation: Option<OrganisationId>,
    /// Whom this person accompanies.
    #[param(value_type = Option<Uuid>)]
    liaison: Option<PersonId>,
    /// Only those without a liaison.
    without_liaison: Option<bool>,
    /// Where the most pressing duty stands.
    state: Option<Pressing>,
    /// Last talk before this day, or none.
    #[param(value_type = Option<String>, format = Date)]
    last_talk_before: Option<Date>,
    /// Rows at most, 1 to 200.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Everybody in the pool, in the order of their names' pinyin.
#[utoipa::path(get, path = "/v1/pool", tag = "pool", params(Filter), responses((status = 200, body = Page)))]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
    after: After,
    Query(filter): Query<Filter>,
) -> Result<Shown<Page>, Problem> {
    let position = after.wait(&api, &[View::Persons, View::Candidates, View::Obligations]).await?;
    let today = api.application().clock().today();
    let policy = api.application().policy_today().await?;
    let sight = Sight::of(api.pool(), &caller.scope(Right::PoolRead), caller.actor().person).await?;
    let limit = limit(filter.limit)?;
    let cursor = match &filter.cursor {
        Some(cursor) => cursor_of(&api, decode(cursor)?).await?,
        None => None,
    };
    let wanted = wanted(&api, filter, sight, today, &policy).await?;
    let rows = pool::list(api.pool(), &wanted, Order::NAMES, cursor.as_ref(), limit).await?;
    let full = i64::try_from(rows.len()).is_ok_and(|rows| rows == limit);
    // The cursor names the last person by id alone: an address carries no name, not even its pinyin.
    let next_cursor = rows.last().filter(|_| full).map(|last| encode(&last.id));
    let items = Rows { today, policy: &policy }.shown(&api, &rows).await?;
    Ok(Shown { position, body: Page { items, next_cursor } })
}

async fn wanted(
    api: &Api,
    filter: Filter,
    sight: Sight,
    today: Date,
    policy: &Policy,
) -> Result<PoolFilter, Problem> {
    Ok(PoolFilter {
        places: places(api, filter.organisation).await?,
        category: filter.category,
        liaison: filter.liaison,
        has_liaison: filter.without_liaison.map(|without| !without),
        last_talk_before: filter.last_talk_before,
        due_by: filter.state.map(|state| state.cutoffs(today, policy)),
        ..PoolFilter::all(sight, today)
    })
}

async fn cursor_of(api: &Api, id: PersonId) -> Result<Option<Cursor>, Problem> {
    let person = persons::by_ids(api.pool(), &[id]).await?.pop();
    Ok(person.map(|person| Cursor { sort_key: person.sort_key, id, unit: person.unit, day: None }))
}

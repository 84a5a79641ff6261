//! Everybody in the pool within one's part of the tree, filtered by codes, never by names.

use axum::extract::State;
use jiff::civil::Date;
use peiyu_domain::access::Right;
use peiyu_domain::duties::{DutyState, due_on, state_on};
use peiyu_domain::policy::Policy;
use peiyu_domain::values::{Category, OrganisationId, PersonId};
use peiyu_views::obligations::Cutoffs;
use peiyu_views::places::{Places, Sight};
use peiyu_views::pool::{self, Cursor, PoolFilter, PoolRow};
use peiyu_views::{View, organisations, persons};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use crate::Api;
use crate::door::page::{Page, decode, encode, limit, row};
use crate::door::{After, Caller, Query, Shown};
use crate::problem::Problem;

/// Where a person's most pressing duty stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Pressing {
    /// Due today or before.
    Due,
    /// Past due.
    Overdue,
}

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
    let rows = pool::list(api.pool(), &wanted, cursor.as_ref(), limit).await?;
    let full = i64::try_from(rows.len()).is_ok_and(|rows| rows == limit);
    // The cursor names the last person by id alone: an address carries no name, not even its pinyin.
    let next_cursor = rows.last().filter(|_| full).map(|last| encode(&last.id));
    let numbers = liaison_numbers(&api, &rows).await?;
    let items: Result<Vec<Value>, Problem> =
        rows.iter().map(|found| shown(found, &numbers, today, &policy)).collect();
    Ok(Shown { position, body: Page { items: items?, next_cursor } })
}

async fn wanted(
    api: &Api,
    filter: Filter,
    sight: Sight,
    today: Date,
    policy: &Policy,
) -> Result<PoolFilter, Problem> {
    let places = match filter.organisation {
        Some(organisation) => {
            let tree = organisations::tree(api.pool()).await?;
            Some(Places::under(api.pool(), &tree, &[organisation]).await?)
        }
        None => None,
    };
    Ok(PoolFilter {
        places,
        category: filter.category,
        liaison: filter.liaison,
        has_liaison: filter.without_liaison.map(|without| !without),
        last_talk_before: filter.last_talk_before,
        due_by: filter.state.map(|state| match state {
            Pressing::Due => Cutoffs::due_by(today, policy),
            Pressing::Overdue => Cutoffs::overdue_on(today, policy),
        }),
        ..PoolFilter::all(sight, today)
    })
}

async fn cursor_of(api: &Api, id: PersonId) -> Result<Option<Cursor>, Problem> {
    let person = persons::by_ids(api.pool(), &[id]).await?.pop();
    Ok(person.map(|person| Cursor { sort_key: person.sort_key, id }))
}

async fn liaison_numbers(
    api: &Api,
    rows: &[PoolRow],
) -> Result<std::collections::HashMap<PersonId, String>, Problem> {
    let mut ids: Vec<PersonId> = rows.iter().filter_map(|found| found.liaison).collect();
    ids.sort_unstable();
    ids.dedup();
    let liaisons = persons::by_ids(api.pool(), &ids).await?;
    Ok(liaisons.into_iter().map(|person| (person.id, person.staff_number)).collect())
}

fn shown(
    found: &PoolRow,
    numbers: &std::collections::HashMap<PersonId, String>,
    today: Date,
    policy: &Policy,
) -> Result<Value, Problem> {
    let mut shown = row(found)?;
    let pressing = found.obligations.iter().min_by_key(|open| due_on(open.kind, open.anchor, policy));
    if let Some(fields) = shown.as_object_mut() {
        // Only the order of the list is made from it.
        fields.remove("sort_key");
        let number = found.liaison.and_then(|liaison| numbers.get(&liaison));
        fields.insert("liaison_number".into(), json!(number));
        if let Some(open) = pressing {
            let state: DutyState = state_on(open.kind, open.anchor, None, today, policy);
            fields.insert("duty".into(), json!(open.kind));
            fields.insert("due_on".into(), json!(due_on(open.kind, open.anchor, policy)));
            fields.extend(row(&state)?.as_object().cloned().unwrap_or_default());
        }
    }
    Ok(shown)
}

//! The pool as one searches it: names and numbers travel in the body, never in the address; sorted and in pages.

use std::sync::Arc;

use axum::extract::State;
use jiff::civil::Date;
use peiyu_domain::access::Right;
use peiyu_domain::policy::Policy;
use peiyu_domain::values::{Category, OrganisationId, PersonId};
use peiyu_views::places::Sight;
use peiyu_views::pool::{self, Cursor, Direction, Order, PoolFilter, PoolRow, Sort, Terms};
use peiyu_views::{View, persons};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::rows::{Pressing, Rows, places};
use crate::Api;
use crate::door::page::{decode, encode, limit};
use crate::door::{After, Body, Caller, Shown};
use crate::problem::Problem;

/// Whom one looks for; whatever is absent leaves everybody in.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PoolQuery)]
pub(crate) struct Filter {
    /// Part of a name, or the beginning of its pinyin, its initials or a staff number.
    query: Option<String>,
    /// A category of the key group.
    #[schema(value_type = Option<String>)]
    category: Option<Category>,
    /// An organisation with what is below it.
    #[schema(value_type = Option<uuid::Uuid>)]
    organisation: Option<OrganisationId>,
    /// Whom this person accompanies.
    #[schema(value_type = Option<uuid::Uuid>)]
    liaison: Option<PersonId>,
    /// Only those without a liaison (`true`), or with one (`false`).
    without_liaison: Option<bool>,
    /// Where the most pressing duty stands.
    state: Option<Pressing>,
    /// Last talk before this day, or none.
    #[schema(value_type = Option<String>, format = Date)]
    last_talk_before: Option<Date>,
    /// Only those with whom nobody ever talked.
    never_talked: Option<bool>,
}

/// By what the list is sorted; whoever is alike in it follows by the name's pinyin.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PoolSort)]
pub(crate) enum SortBy {
    /// The name's pinyin.
    #[default]
    Name,
    /// The unit.
    Unit,
    /// The last talk; none is before every other.
    LastTalk,
    /// The day on which something is due; nothing is after everything else.
    NextDue,
}

/// Which way it is sorted.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PoolDirection)]
pub(crate) enum Way {
    /// Smallest or earliest first.
    #[default]
    Asc,
    /// Largest or latest first.
    Desc,
}

/// What is asked for.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PoolSearch)]
pub(crate) struct Wanted {
    /// Whom.
    filter: Option<Filter>,
    /// By what sorted; `name` unless said otherwise.
    sort: Option<SortBy>,
    /// Which way; `asc` unless said otherwise.
    direction: Option<Way>,
    /// Whether to count all that there are.
    count: Option<bool>,
    /// Counts no further than that, 1 to 1,000,000: what one counts of hundreds of thousands is waited for.
    count_up_to: Option<i64>,
    /// Rows at most, 1 to 200.
    limit: Option<i64>,
    /// `next_cursor` of the page before; it holds ids and days, never a name.
    cursor: Option<String>,
}

/// A page of the pool.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PoolFound)]
pub(crate) struct Found {
    /// Rows.
    #[schema(value_type = Vec<Object>)]
    items: Vec<Value>,
    /// How many there are in all, if that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<i64>,
    /// There are more than `total`, since `count_up_to` was reached; else absent.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    more_than_total: bool,
    /// To be sent back as `cursor`; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// The last one seen, as it travels.
#[derive(Debug, Serialize, Deserialize)]
struct Behind {
    id: PersonId,
    day: Option<Date>,
}

/// A question about the pool, ready to be asked: what one may see, on which day, under which policy.
pub(super) struct Asked {
    filter: PoolFilter,
    today: Date,
    policy: Arc<Policy>,
    order: Order,
}

/// As far as one may ask to be counted.
const MOST_COUNTED: i64 = 1_000_000;
/// The views that are asked.
pub(super) const VIEWS: [View; 3] = [View::Persons, View::Candidates, View::Obligations];

impl Asked {
    pub(super) async fn of(
        api: &Api,
        caller: &Caller,
        filter: Option<Filter>,
        sort: Option<SortBy>,
        direction: Option<Way>,
    ) -> Result<Self, Problem> {
        let filter = filter.unwrap_or_default();
        let today = api.application().clock().today();
        let policy = api.application().policy_today().await?;
        let sight = Sight::of(api.pool(), &caller.scope(Right::PoolRead), caller.actor().person).await?;
        let text = filter.query.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let order = Order {
            sort: match sort.unwrap_or_default() {
                SortBy::Name => Sort::Name,
                SortBy::Unit => Sort::Unit,
                SortBy::LastTalk => Sort::LastTalk,
                SortBy::NextDue => Sort::NextDue(Terms::of(&policy)),
            },
            direction: match direction.unwrap_or_default() {
                Way::Asc => Direction::Ascending,
                Way::Desc => Direction::Descending,
            },
        };
        let filter = PoolFilter {
            places: places(api, filter.organisation).await?,
            category: filter.category,
            liaison: filter.liaison,
            has_liaison: filter.without_liaison.map(|without| !without),
            last_talk_before: filter.last_talk_before,
            never_talked: filter.never_talked == Some(true),
            due_by: filter.state.map(|state| state.cutoffs(today, &policy)),
            text,
            ..PoolFilter::all(sight, today)
        };
        Ok(Self { filter, today, policy, order })
    }

    /// So many rows behind the last one seen.
    pub(super) async fn rows(
        &self,
        api: &Api,
        after: Option<&Cursor>,
        limit: i64,
    ) -> Result<Vec<PoolRow>, Problem> {
        Ok(pool::list(api.pool(), &self.filter, self.order, after, limit).await?)
    }

    /// How rows are shown.
    pub(super) fn as_shown(&self) -> Rows<'_> {
        Rows { today: self.today, policy: &self.policy }
    }

    /// Where the list goes on behind this row.
    pub(super) fn behind(&self, last: &PoolRow) -> Cursor {
        last.cursor(match self.order.sort {
            Sort::Name | Sort::Unit => None,
            Sort::LastTalk => last.last_talk,
            Sort::NextDue(_) => self.as_shown().due_on(last),
        })
    }
}

/// Search the pool by name, pinyin, initials or staff number, and by codes.
#[utoipa::path(post, path = "/v1/pool/search", tag = "pool", request_body = Wanted,
    responses((status = 200, body = Found)))]
pub(crate) async fn search(
    State(api): State<Api>,
    caller: Caller,
    after: After,
    Body(wanted): Body<Wanted>,
) -> Result<Shown<Found>, Problem> {
    let limit = limit(wanted.limit)?;
    let up_to = counted_up_to(&wanted)?;
    let position = after.wait(&api, &VIEWS).await?;
    let asked = Asked::of(&api, &caller, wanted.filter, wanted.sort, wanted.direction).await?;
    let cursor = match &wanted.cursor {
        Some(cursor) => cursor_of(&api, decode(cursor)?).await?,
        None => None,
    };
    // One row more tells whether another page follows.
    let mut rows = asked.rows(&api, cursor.as_ref(), limit + 1).await?;
    let page = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > page;
    rows.truncate(page);
    let last = rows.last().filter(|_| more).map(|last| asked.behind(last));
    let (total, more_than_total) = match up_to {
        Some(most) => {
            let counted = pool::count(api.pool(), &asked.filter, most.saturating_add(1)).await?;
            (Some(counted.min(most)), counted > most)
        }
        None => (None, false),
    };
    let items = asked.as_shown().shown(&api, &rows).await?;
    let next_cursor = last.map(|last| encode(&Behind { id: last.id, day: last.day }));
    Ok(Shown { position, body: Found { items, total, more_than_total, next_cursor } })
}

/// How far to count, if at all.
fn counted_up_to(wanted: &Wanted) -> Result<Option<i64>, Problem> {
    match wanted.count_up_to {
        Some(most) if (1..=MOST_COUNTED).contains(&most) => Ok(Some(most)),
        Some(_) => Err(Problem::field_unfit("count_up_to", "1 to 1000000")),
        None => Ok((wanted.count == Some(true)).then_some(i64::MAX)),
    }
}

async fn cursor_of(api: &Api, behind: Behind) -> Result<Option<Cursor>, Problem> {
    let person = persons::by_ids(api.pool(), &[behind.id]).await?.pop();
    Ok(person.map(|person| Cursor {
        sort_key: person.sort_key,
        id: behind.id,
        unit: person.unit,
        day: behind.day,
    }))
}

//! 待办: what the person behind the account has to do, soonest first.

use std::collections::HashMap;

use axum::extract::State;
use jiff::civil::Date;
use peiyu_domain::access::{Right, may};
use peiyu_domain::duties::{DutyKind, article, due_on, state_on};
use peiyu_domain::policy::Policy;
use peiyu_domain::values::PersonId;
use peiyu_views::obligations::{self, After as AfterObligation, Cutoffs, Obligation};
use peiyu_views::persons::{self, Person};
use peiyu_views::places::{Sight, seen_of};
use peiyu_views::{View, leaders};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::Api;
use crate::door::page::{decode, encode, limit, row};
use crate::door::{After, Caller, Query, Shown};
use crate::problem::Problem;

/// Gaps looked at in one query, and queries at most.
const PAGE: i64 = 1000;
const MOST_PAGES: usize = 50;

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Part {
    /// Rows at most, 1 to 200; without it, all of them.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What one has to do, soonest first, and how much it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Todo {
    /// Duties.
    #[schema(value_type = Vec<Object>)]
    items: Vec<Value>,
    /// To be sent back as `cursor`; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// Duties on all pages.
    total_count: usize,
    /// Of these, how many are overdue.
    overdue_count: usize,
}

/// One duty, before the names are known.
struct Duty {
    id: Uuid,
    kind: DutyKind,
    about: PersonId,
    anchor: Date,
    opened_by: Uuid,
}

impl From<Obligation> for Duty {
    fn from(open: Obligation) -> Self {
        Self {
            id: open.id,
            kind: open.kind,
            about: open.candidate,
            anchor: open.anchor,
            opened_by: open.opened_by,
        }
    }
}

/// What one has to do: talks with those one accompanies, somebody to accompany, gaps in one's part of the tree.
#[utoipa::path(get, path = "/v1/todo", tag = "todo", params(Part), responses((status = 200, body = Todo)))]
pub(crate) async fn todo(
    State(api): State<Api>,
    caller: Caller,
    after: After,
    Query(part): Query<Part>,
) -> Result<Shown<Todo>, Problem> {
    let me = caller.person()?;
    let position = after.wait(&api, &[View::Persons, View::Candidates, View::Obligations]).await?;
    let today = api.application().clock().today();
    let policy = api.application().policy_today().await?;
    let mut duties = talks(&api, me).await?;
    duties.extend(nobody_yet(&api, me, today).await?);
    duties.extend(gaps(&api, &caller, today, &policy).await?);
    let place = |duty: &Duty| (due_on(duty.kind, duty.anchor, &policy), duty.id);
    duties.sort_by_key(place);
    let total_count = duties.len();
    let overdue_count = duties.iter().filter(|duty| place(duty).0 < today).count();
    if let Some(cursor) = &part.cursor {
        let last: (Date, Uuid) = decode(cursor)?;
        duties.drain(..duties.partition_point(|duty| place(duty) <= last));
    }
    let rows = match part.limit {
        Some(asked) => usize::try_from(limit(Some(asked))?).map_err(Problem::internal)?,
        None => duties.len(),
    };
    let is_last = duties.len() <= rows;
    duties.truncate(rows);
    let next_cursor = duties.last().filter(|_| !is_last).map(|last| encode(&place(last)));
    let about: Vec<PersonId> = duties.iter().map(|duty| duty.about).collect();
    let names = names(&api, &about).await?;
    let items: Result<Vec<Value>, Problem> =
        duties.iter().map(|duty| shown(duty, names.get(&duty.about), today, &policy)).collect();
    let body = Todo { items: items?, next_cursor, total_count, overdue_count };
    Ok(Shown { position, body })
}

async fn talks(api: &Api, me: PersonId) -> Result<Vec<Duty>, Problem> {
    let open = obligations::for_liaison(api.pool(), me).await?;
    Ok(open.into_iter().map(Duty::from).collect())
}

async fn nobody_yet(api: &Api, me: PersonId, today: Date) -> Result<Option<Duty>, Problem> {
    Ok(leaders::with_nobody_if(api.pool(), me, today).await?.map(|leader| Duty {
        id: leader.id,
        kind: DutyKind::LeaderWithNobody,
        about: me,
        anchor: leader.anchor,
        opened_by: leader.opened_by,
    }))
}

/// Gaps are the duty of whoever assigns liaisons there; the department watches everybody by `coverage`.
async fn gaps(api: &Api, caller: &Caller, today: Date, policy: &Policy) -> Result<Vec<Duty>, Problem> {
    if !may(caller.actor(), Right::LiaisonAssign) {
        return Ok(Vec::new());
    }
    let sight = Sight::of(api.pool(), &caller.scope(Right::LiaisonAssign), caller.actor().person).await?;
    if sight == Sight::Everybody {
        return Ok(Vec::new());
    }
    let lead = peiyu_domain::calendar::days_after(today, policy.talk.lead_days);
    // Talks are left out by a day before any of them.
    let never = Date::constant(1900, 1, 1);
    let cutoffs = Cutoffs { first_talk: never, next_talk: never, ..Cutoffs::due_by(lead, policy) };
    let mut duties = Vec::new();
    let mut after: Option<AfterObligation> = None;
    for _ in 0..MOST_PAGES {
        let page = obligations::open_due_by(api.pool(), &cutoffs, after, PAGE).await?;
        after = page.last().map(|last| AfterObligation { anchor: last.anchor, id: last.id });
        if page.is_empty() {
            break;
        }
        let people: Vec<PersonId> = page.iter().map(|gap| gap.candidate).collect();
        let seen = seen_of(api.pool(), &sight, &people).await?;
        duties.extend(page.into_iter().filter(|gap| seen.contains(&gap.candidate)).map(Duty::from));
    }
    Ok(duties)
}

async fn names(api: &Api, ids: &[PersonId]) -> Result<HashMap<PersonId, Person>, Problem> {
    let mut names = HashMap::new();
    for page in ids.chunks(200) {
        for person in persons::by_ids(api.pool(), page).await? {
            names.insert(person.id, person);
        }
    }
    Ok(names)
}

fn shown(duty: &Duty, about: Option<&Person>, today: Date, policy: &Policy) -> Result<Value, Problem> {
    let state = row(&state_on(duty.kind, duty.anchor, None, today, policy))?;
    Ok(json!({
        "id": duty.id, "kind": duty.kind, "candidate": duty.about, "opened_by": duty.opened_by,
        "since": duty.anchor, "due_on": due_on(duty.kind, duty.anchor, policy), "article": article(duty.kind),
        "state": state["state"], "overdue_days": state["days"],
        "name": about.map(|person| &person.name), "staff_number": about.map(|person| &person.staff_number),
    }))
}

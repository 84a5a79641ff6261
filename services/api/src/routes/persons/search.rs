//! People found by staff number, name, pinyin or initials; what one types travels in the body, never in the address.

use std::collections::HashSet;

use axum::extract::State;
use peiyu_domain::access::Right;
use peiyu_domain::values::PersonId;
use peiyu_views::persons::{self, Person};
use peiyu_views::places::{Sight, sees};
use peiyu_views::{View, candidates};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::Api;
use crate::door::page::{Page, limit};
use crate::door::{After, Body, Caller, Shown};
use crate::problem::Problem;

/// What is looked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// The whole staff number.
    staff_number: Option<String>,
    /// Part of a name, its pinyin or initials, or of a staff number.
    text: Option<String>,
    /// Rows at most, 1 to 200.
    limit: Option<i64>,
}

/// People within one's part of the tree.
#[utoipa::path(post, path = "/v1/persons/search", tag = "persons", request_body = Wanted,
    responses((status = 200, body = Page)))]
pub(crate) async fn search(
    State(api): State<Api>,
    caller: Caller,
    after: After,
    Body(wanted): Body<Wanted>,
) -> Result<Shown<Page>, Problem> {
    let position = after.wait(&api, &[View::Persons, View::Candidates]).await?;
    let limit = limit(wanted.limit)?;
    let sight = Sight::of(api.pool(), &caller.scope(Right::PoolRead), caller.actor().person).await?;
    let oneself = caller.actor().person;
    let found = match (&wanted.staff_number, &wanted.text) {
        (Some(number), None) => by_staff_number(&api, number.trim(), &sight, oneself).await?,
        (None, Some(text)) => persons::search(api.pool(), text.trim(), &sight, oneself, limit).await?,
        (Some(_), Some(_)) | (None, None) => {
            return Err(Problem::field_unfit("text", "give staff_number or text"));
        }
    };
    let pool = in_pool(&api, &found).await?;
    let items = found.iter().map(|person| shown(person, pool.contains(&person.id))).collect();
    Ok(Shown { position, body: Page::whole(items) })
}

/// A staff number is one person's, or nobody's.
async fn by_staff_number(
    api: &Api,
    number: &str,
    sight: &Sight,
    oneself: Option<PersonId>,
) -> Result<Vec<Person>, Problem> {
    let mut seen = Vec::new();
    for person in persons::by_staff_numbers(api.pool(), &[number.to_owned()]).await? {
        if oneself == Some(person.id) || sees(api.pool(), sight, person.id).await? {
            seen.push(person);
        }
    }
    Ok(seen)
}

/// Who of them is in the pool: of the key group are also members of the Party, who are not.
async fn in_pool(api: &Api, found: &[Person]) -> Result<HashSet<PersonId>, Problem> {
    let ids: Vec<PersonId> = found.iter().map(|person| person.id).collect();
    let known = candidates::by_ids(api.pool(), &ids).await?;
    Ok(known.into_iter().filter(|candidate| candidate.in_pool).map(|candidate| candidate.id).collect())
}

fn shown(person: &Person, in_pool: bool) -> serde_json::Value {
    json!({
        "id": person.id, "version": person.version, "name": person.name, "staff_number": person.staff_number,
        "unit": person.unit, "room": person.room, "title": person.title, "key_group": person.key_group,
        "in_pool": in_pool, "categories": person.categories, "conflicts": person.conflicts,
    })
}

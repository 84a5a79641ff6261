//! Accounts with their people.

use std::collections::HashMap;

use axum::extract::State;
use peiyu_domain::values::{AccountId, PersonId};
use peiyu_views::persons::Person;
use peiyu_views::{View, accounts, persons};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use crate::Api;
use crate::door::page::{MOST, Page, decode, encode, row};
use crate::door::{After, Query, Shown};
use crate::problem::Problem;

/// From where.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct From {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Accounts, 200 a page.
#[utoipa::path(get, path = "/v1/accounts", tag = "accounts", params(From), responses((status = 200, body = Page)))]
pub(crate) async fn list(
    State(api): State<Api>,
    after: After,
    Query(from): Query<From>,
) -> Result<Shown<Page>, Problem> {
    let position = after.wait(&api, &[View::Accounts, View::Persons]).await?;
    let cursor: Option<AccountId> = from.cursor.as_deref().map(decode).transpose()?;
    let found = accounts::list(api.pool(), cursor, MOST).await?;
    let full = i64::try_from(found.len()).is_ok_and(|found| found == MOST);
    let next_cursor = found.last().filter(|_| full).map(|last| encode(&last.id));
    let owners: Vec<PersonId> = found.iter().filter_map(|account| account.person).collect();
    let owners: HashMap<PersonId, Person> =
        persons::by_ids(api.pool(), &owners).await?.into_iter().map(|person| (person.id, person)).collect();
    let mut items = Vec::with_capacity(found.len());
    for account in &found {
        let owner = account.person.and_then(|person| owners.get(&person));
        let mut shown = row(account)?;
        if let Some(fields) = shown.as_object_mut() {
            fields.insert("login".into(), json!(owner.map(|person| &person.staff_number)));
            fields.insert("name".into(), json!(owner.map(|person| &person.name)));
        }
        items.push(shown);
    }
    Ok(Shown { position, body: Page { items, next_cursor } })
}

//! From event to duty to rung to delivery, and why somebody was not told.

use axum::extract::State;
use peiyu_domain::access::Right;
use peiyu_domain::values::PersonId;
use peiyu_views::View;
use peiyu_views::digests::{Now, Numbers, explain as explained};
use peiyu_views::places::{Sight, sees};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use super::names::names_of;
use crate::Api;
use crate::door::page::{Page, row};
use crate::door::{After, Caller, Query, Shown};
use crate::problem::{Code, Problem};

/// Whose duties.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Whose {
    /// A candidate, or a leader with nobody.
    #[param(value_type = Uuid)]
    person: PersonId,
}

/// Every duty about a person with its rungs, addressees and the one reason for each.
#[utoipa::path(get, path = "/v1/reminders/explain", tag = "reminders", params(Whose),
    responses((status = 200, body = Page)))]
pub(crate) async fn explain(
    State(api): State<Api>,
    caller: Caller,
    after: After,
    Query(whose): Query<Whose>,
) -> Result<Shown<Page>, Problem> {
    let position = after.wait(&api, &[View::Obligations, View::Reminders, View::Persons]).await?;
    let sight = Sight::of(api.pool(), &caller.scope(Right::ReminderRead), caller.actor().person).await?;
    if !sees(api.pool(), &sight, whose.person).await? {
        return Err(Problem::new(Code::NotFound));
    }
    let application = api.application();
    let policy = application.policy_today().await?;
    let zone = jiff::tz::TimeZone::get(peiyu_platform::clock::ZONE)
        .unwrap_or_else(|_| jiff::tz::TimeZone::fixed(jiff::tz::offset(8)));
    let now = application.clock().now().to_zoned(zone);
    let now = Now { day: now.date(), time: now.time() };
    let numbers = Numbers { policy: &policy, calendar: application.calendar() };
    let duties = explained(api.pool(), whose.person, now, numbers).await?;
    let items: Result<Vec<Value>, Problem> = duties.iter().map(row).collect();
    let mut items = items?;
    name(&api, &mut items).await?;
    Ok(Shown { position, body: Page::whole(items) })
}

/// Puts `addressee_name` beside each addressee.
async fn name(api: &Api, duties: &mut [Value]) -> Result<(), Problem> {
    let ids: Vec<PersonId> = told(duties).filter_map(|told| addressee(told)).collect();
    let names = names_of(api, ids).await?;
    for told in told(duties) {
        let name = addressee(told).and_then(|addressee| names.get(&addressee)).cloned();
        if let Some(fields) = told.as_object_mut() {
            fields.insert("addressee_name".to_owned(), name.into());
        }
    }
    Ok(())
}

fn addressee(told: &Value) -> Option<PersonId> {
    told.get("addressee")?.as_str()?.parse().ok().map(PersonId)
}

/// Everybody told, or not, of every rung of every duty.
fn told(duties: &mut [Value]) -> impl Iterator<Item = &mut Value> {
    let rungs = duties.iter_mut().filter_map(|duty| below(duty, "rungs")).flatten();
    rungs.filter_map(|rung| below(rung, "told")).flatten()
}

fn below<'a>(value: &'a mut Value, name: &str) -> Option<&'a mut Vec<Value>> {
    value.get_mut(name).and_then(Value::as_array_mut)
}

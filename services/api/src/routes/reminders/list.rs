//! Digests that were claimed, sent or failed, latest first.

use axum::extract::State;
use jiff::civil::Date;
use peiyu_domain::access::Right;
use peiyu_domain::values::{PersonId, ReminderId};
use peiyu_views::View;
use peiyu_views::places::Sight;
use peiyu_views::reminders::{self, Filter, Stage};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use super::names::names_of;
use crate::Api;
use crate::door::page::{Page, decode, encode, limit, row};
use crate::door::{After, Caller, Query, Shown};
use crate::problem::Problem;

/// Which of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// From which day.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// Up to which day.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<Date>,
    /// To whom.
    #[param(value_type = Option<Uuid>)]
    addressee: Option<PersonId>,
    /// How far they have come: `claimed`, `sent` or `failed`.
    #[param(value_type = Option<String>)]
    state: Option<Stage>,
    /// Rows at most, 1 to 200.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Digests, latest first.
#[utoipa::path(get, path = "/v1/reminders", tag = "reminders", params(Wanted),
    responses((status = 200, body = Page)))]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
    after: After,
    Query(wanted): Query<Wanted>,
) -> Result<Shown<Page>, Problem> {
    let position = after.wait(&api, &[View::Reminders, View::Persons]).await?;
    let sight = Sight::of(api.pool(), &caller.scope(Right::ReminderRead), caller.actor().person).await?;
    let limit = limit(wanted.limit)?;
    let cursor: Option<(Date, ReminderId)> = wanted.cursor.as_deref().map(decode).transpose()?;
    let Wanted { from, to, addressee, state: stage, .. } = wanted;
    let filter = Filter { from, to, addressee, stage, after: cursor };
    let found = reminders::list(api.pool(), &filter, &sight, limit).await?;
    let full = i64::try_from(found.len()).is_ok_and(|found| found == limit);
    let next_cursor = found.last().filter(|_| full).map(|last| encode(&(last.day, last.id)));
    let names = names_of(&api, found.iter().map(|reminder| reminder.addressee)).await?;
    let mut items = Vec::with_capacity(found.len());
    for reminder in found {
        let named = reminders::names_of(api.pool(), reminder.id).await?;
        let mut shown = row(&reminder)?;
        if let Some(fields) = shown.as_object_mut() {
            let state = fields.get("stage").cloned().unwrap_or(Value::Null);
            fields.insert("state".into(), state);
            fields.insert("addressee_name".into(), json!(names.get(&reminder.addressee)));
            fields.insert("obligation_count".into(), json!(named.len()));
            fields.insert("reason".into(), json!(reminder.failure));
        }
        items.push(shown);
    }
    Ok(Shown { position, body: Page { items, next_cursor } })
}

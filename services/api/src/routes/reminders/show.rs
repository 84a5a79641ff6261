//! One digest with what it named.

use axum::extract::State;
use peiyu_domain::access::Right;
use peiyu_domain::duties::article;
use peiyu_domain::values::{PersonId, ReminderId};
use peiyu_views::View;
use peiyu_views::places::{Sight, seen_of};
use peiyu_views::reminders;
use serde_json::{Value, json};
use uuid::Uuid;

use super::names::names_of;
use crate::Api;
use crate::door::page::row;
use crate::door::{After, Caller, Path, Shown};
use crate::problem::{Code, Problem};

/// One digest: to whom, how far it has come, and each duty that it named with its reason. Who stands outside
/// one's part of the tree is counted, not named.
#[utoipa::path(get, path = "/v1/reminders/{id}", tag = "reminders", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object)))]
pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    after: After,
    Path(id): Path<Uuid>,
) -> Result<Shown<Value>, Problem> {
    let position = after.wait(&api, &[View::Reminders, View::Persons]).await?;
    let sight = Sight::of(api.pool(), &caller.scope(Right::ReminderRead), caller.actor().person).await?;
    let found = reminders::by_ids(api.pool(), &[ReminderId(id)]).await?.pop();
    let reminder = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    let named = reminders::names_of(api.pool(), reminder.id).await?;
    let mut people: Vec<PersonId> = named.iter().map(|named| named.about).collect();
    people.push(reminder.addressee);
    let seen = seen_of(api.pool(), &sight, &people).await?;
    if !seen.contains(&reminder.addressee) {
        return Err(Problem::new(Code::NotFound));
    }
    let names = names_of(&api, seen.iter().copied()).await?;
    let items = named.iter().filter(|named| seen.contains(&named.about)).map(|named| {
        json!({
            "obligation": named.obligation, "kind": named.kind, "rung": named.rung, "due_on": named.due_on,
            "about": named.about, "about_name": names.get(&named.about), "article": article(named.kind),
        })
    });
    let items: Vec<Value> = items.collect();
    let mut shown = row(&reminder)?;
    if let Some(fields) = shown.as_object_mut() {
        let state = fields.get("stage").cloned().unwrap_or(Value::Null);
        fields.insert("state".into(), state);
        fields.insert("reason".into(), json!(reminder.failure));
        fields.insert("addressee_name".into(), json!(names.get(&reminder.addressee)));
        fields.insert("obligation_count".into(), json!(named.len()));
        fields.insert("elsewhere_count".into(), json!(named.len() - items.len()));
        fields.insert("items".into(), Value::Array(items));
    }
    Ok(Shown { position, body: shown })
}

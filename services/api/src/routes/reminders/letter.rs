//! A digest of a day as its addressee would read it: rendered by the notifier's own template, sent to nobody.

use axum::extract::State;
use jiff::civil::Date;
use peiyu_domain::access::Right;
use peiyu_domain::values::PersonId;
use peiyu_letters::{Surroundings, people_of};
use peiyu_views::places::seen_of;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::preview::{Planned, When, planned};
use crate::Api;
use crate::door::{After, Caller, Path, Query, Shown};
use crate::problem::{Code, Problem};

/// A mail that was not sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewedLetter {
    /// To whom.
    #[schema(value_type = Uuid)]
    addressee: PersonId,
    /// Their name.
    addressee_name: String,
    /// Whether an address is on record; without one it cannot be delivered.
    has_address: bool,
    /// The day.
    #[schema(value_type = String, format = Date)]
    day: Date,
    /// Whether people work on it; if not, nothing goes out.
    is_working_day: bool,
    /// Subject line.
    subject: String,
    /// As plain text.
    text: String,
    /// As HTML, whole document.
    html: String,
}

/// The digest of a day (tomorrow unless asked otherwise) as its addressee would read it. Whoever does not see
/// everybody whom it names is refused. Nothing is claimed or sent.
#[utoipa::path(get, path = "/v1/reminders/preview/{person}", tag = "reminders",
    params(("person" = Uuid, Path), When), responses((status = 200, body = PreviewedLetter)))]
pub(crate) async fn letter(
    State(api): State<Api>,
    caller: Caller,
    after: After,
    Path(person): Path<Uuid>,
    Query(when): Query<When>,
) -> Result<Shown<PreviewedLetter>, Problem> {
    let Planned { plan, policy, sight, position } = planned(&api, &caller, after, &when).await?;
    let digest = plan.digests.iter().find(|digest| digest.addressee == PersonId(person) && !digest.is_done());
    let digest = digest.ok_or_else(|| Problem::new(Code::NotFound))?;
    let mut about: Vec<PersonId> = digest.items.iter().map(|item| item.about).collect();
    about.push(digest.addressee);
    let seen = seen_of(api.pool(), &sight, &about).await?;
    if !seen.contains(&digest.addressee) {
        return Err(Problem::new(Code::NotFound));
    }
    if !about.iter().all(|person| seen.contains(person)) {
        return Err(Problem::with_facts(Code::Forbidden, json!({ "right": Right::ReminderRead.as_str() })));
    }
    let people = people_of(api.pool(), digest).await?;
    let around = Surroundings {
        day: plan.day,
        is_calendar_known: plan.is_calendar_known,
        policy: &policy,
        public_url: api.origin(),
        people: &people,
    };
    let letter = peiyu_letters::digest(digest, &around).map_err(Problem::internal)?;
    let has_address = people.get(&digest.addressee).is_some_and(|person| !person.email.trim().is_empty());
    let body = PreviewedLetter {
        addressee: digest.addressee,
        addressee_name: letter.to_name,
        has_address,
        day: plan.day,
        is_working_day: plan.is_working_day,
        subject: letter.subject,
        text: letter.text,
        html: letter.html,
    };
    Ok(Shown { position, body })
}

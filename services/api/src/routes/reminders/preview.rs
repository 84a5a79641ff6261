//! What would go out on a day: the notifier's own plan, read and nothing else. Nothing is claimed or sent.

use std::sync::Arc;

use axum::extract::State;
use jiff::ToSpan;
use jiff::civil::Date;
use peiyu_domain::access::Right;
use peiyu_domain::calendar::days_after;
use peiyu_domain::policy::Policy;
use peiyu_domain::values::PersonId;
use peiyu_views::View;
use peiyu_views::digests::{Digest, Numbers, Plan, plan};
use peiyu_views::places::{Sight, seen_of};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::names::names_of;
use super::written::Occasion;
use crate::Api;
use crate::door::{After, Caller, Query, Shown};
use crate::problem::{Code, Problem};

/// Read models that a plan rests on.
pub(super) const VIEWS: &[View] =
    &[View::Obligations, View::Reminders, View::Persons, View::Organisations, View::Epochs];
/// So far ahead a plan says anything: what happens meanwhile changes it.
const MOST_DAYS: i64 = 60;

/// For which day.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct When {
    /// The day, today to sixty days ahead; tomorrow when absent.
    #[param(value_type = Option<String>, format = Date)]
    pub(super) on: Option<Date>,
}

/// What would go out on a day, as things stand now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Preview {
    /// The day.
    #[schema(value_type = String, format = Date)]
    day: Date,
    /// Whether people work on it; if not, nothing goes out.
    is_working_day: bool,
    /// The day, or the next on which people work.
    #[schema(value_type = String, format = Date)]
    next_working_day: Date,
    /// Whether the year of the day was loaded; if not, Monday to Friday count.
    is_calendar_known: bool,
    /// From which time on digests go out, Asia/Shanghai.
    digest_at: String,
    /// One digest an addressee, by name.
    #[schema(value_type = Vec<Object>)]
    items: Vec<Value>,
    /// Digests that an operator holds since a restore; they do not go out.
    held_count: usize,
    /// Rungs that are reached and have nobody to speak to, as every office above is vacant.
    unheard_count: usize,
}

/// The plan of a day within the caller's sight.
pub(super) struct Planned {
    pub(super) plan: Plan,
    pub(super) policy: Arc<Policy>,
    pub(super) sight: Sight,
    pub(super) position: i64,
}

impl Planned {
    /// For its letters.
    pub(super) fn occasion(&self) -> Occasion<'_> {
        Occasion { day: self.plan.day, is_calendar_known: self.plan.is_calendar_known, policy: &self.policy }
    }
}

/// Plans the day that was asked for.
pub(super) async fn planned(
    api: &Api,
    caller: &Caller,
    after: After,
    when: &When,
) -> Result<Planned, Problem> {
    let position = after.wait(api, VIEWS).await?;
    let sight = Sight::of(api.pool(), &caller.scope(Right::ReminderRead), caller.actor().person).await?;
    let application = api.application();
    let today = application.clock().today();
    let day = when.on.unwrap_or_else(|| days_after(today, 1));
    let last = today.saturating_add(MOST_DAYS.days());
    if day < today || day > last {
        let fault = format!("on: {today} to {last}");
        return Err(Problem::with_facts(Code::ParameterUnfit, json!({ "fault": fault })));
    }
    let policy = application.policy_today().await?;
    let numbers = Numbers { policy: &policy, calendar: application.calendar() };
    let plan = plan(api.pool(), day, numbers).await?;
    Ok(Planned { plan, policy, sight, position })
}

/// What would go out on a day (tomorrow unless asked otherwise), by the plan that the notifier carries out.
/// Nothing is claimed or sent.
#[utoipa::path(get, path = "/v1/reminders/preview", tag = "reminders", params(When),
    responses((status = 200, body = Preview)))]
pub(crate) async fn preview(
    State(api): State<Api>,
    caller: Caller,
    after: After,
    Query(when): Query<When>,
) -> Result<Shown<Preview>, Problem> {
    let Planned { plan, policy, sight, position } = planned(&api, &caller, after, &when).await?;
    let open = || plan.digests.iter().filter(|digest| !digest.is_done());
    let mut people: Vec<PersonId> = open().map(|digest| digest.addressee).collect();
    people.extend(plan.held.iter().map(|digest| digest.addressee));
    people.extend(plan.unheard.iter().map(|unheard| unheard.about));
    let seen = seen_of(api.pool(), &sight, &people).await?;
    let names = names_of(&api, open().map(|digest| digest.addressee)).await?;
    let mut items: Vec<Value> = Vec::new();
    for digest in open().filter(|digest| seen.contains(&digest.addressee)) {
        items.push(outline(digest, plan.day, names.get(&digest.addressee)));
    }
    items.sort_by_key(|item| item["addressee_name"].as_str().map(ToOwned::to_owned));
    let calendar = api.application().calendar();
    let held_count = plan.held.iter().filter(|held| seen.contains(&held.addressee)).count();
    let unheard_count = plan.unheard.iter().filter(|unheard| seen.contains(&unheard.about)).count();
    let body = Preview {
        day: plan.day,
        is_working_day: plan.is_working_day,
        next_working_day: calendar.next_working_day_on_or_after(plan.day),
        is_calendar_known: plan.is_calendar_known,
        digest_at: policy.digest_at.strftime("%H:%M").to_string(),
        items,
        held_count,
        unheard_count,
    };
    Ok(Shown { position, body })
}

/// How much a digest says, without those whom it is about.
fn outline(digest: &Digest, day: Date, name: Option<&String>) -> Value {
    let own = digest.items.iter().filter(|item| item.is_own).count();
    json!({
        "addressee": digest.addressee,
        "addressee_name": name,
        "obligation_count": digest.items.len() + digest.more,
        "own_count": own,
        "escalated_count": digest.items.len() - own,
        "later_count": digest.more,
        "overdue_count": digest.items.iter().filter(|item| item.due_on < day).count(),
        "earliest_due_on": digest.items.iter().map(|item| item.due_on).min(),
    })
}

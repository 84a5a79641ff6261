//! 暂停的提醒: what is held since a restore, and an operator's decision to let it go out or to drop it.

use axum::extract::State;
use peiyu_domain::installation::commands::HeldReminders;
use peiyu_views::View;
use peiyu_views::digests::{Numbers, plan};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::names::names_of;
use crate::Api;
use crate::door::page::Page;
use crate::door::{After, Command, Done, Shown};
use crate::problem::Problem;

/// Read models that the list rests on.
const VIEWS: &[View] = &[View::Obligations, View::Reminders, View::Persons, View::Epochs];

/// Nothing to say beside the command itself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// Digests that came due before a restore and may or may not have gone out: by addressee.
#[utoipa::path(get, path = "/v1/reminders/held", tag = "reminders", responses((status = 200, body = Page)))]
pub(crate) async fn held(State(api): State<Api>, after: After) -> Result<Shown<Page>, Problem> {
    let position = after.wait(&api, VIEWS).await?;
    let application = api.application();
    let policy = application.policy_today().await?;
    let numbers = Numbers { policy: &policy, calendar: application.calendar() };
    let held = plan(api.pool(), application.clock().today(), numbers).await?.held;
    let names = names_of(&api, held.iter().map(|digest| digest.addressee)).await?;
    let items = held.iter().map(|digest| {
        json!({
            "addressee": digest.addressee,
            "addressee_name": names.get(&digest.addressee),
            "obligation_count": digest.items.len() + digest.more,
            "earliest_due_on": digest.items.first().map(|item| item.due_on),
        })
    });
    Ok(Shown { position, body: Page::whole(items.collect()) })
}

/// Let what is held go out with the next digests.
#[utoipa::path(post, path = "/v1/reminders/held/release", tag = "reminders", request_body = Nothing,
    responses((status = 200, body = Done)))]
pub(crate) async fn release(State(api): State<Api>, command: Command<Nothing>) -> Result<Done, Problem> {
    let (Nothing {}, request) = command.new_record();
    Ok(api.application().settle_held_reminders(&request, HeldReminders::Release).await?.into())
}

/// Drop what is held for good; later rungs of the same duties go out as usual.
#[utoipa::path(post, path = "/v1/reminders/held/drop", tag = "reminders", request_body = Nothing,
    responses((status = 200, body = Done)))]
pub(crate) async fn drop(State(api): State<Api>, command: Command<Nothing>) -> Result<Done, Problem> {
    let (Nothing {}, request) = command.new_record();
    Ok(api.application().settle_held_reminders(&request, HeldReminders::Drop).await?.into())
}

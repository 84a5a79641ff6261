//! 提醒 in the browser and in the interface: what would go out, what went out and why, what is held.

use peiyu_domain::duties::{DutyKind, Rung};
use peiyu_domain::import::ImportKind;
use peiyu_domain::installation::commands::BeginEpoch;
use peiyu_domain::reminder::{Named, ReminderFailure};
use peiyu_domain::values::{PersonId, ReminderId};
use peiyu_testing::{House, Sample, request};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::pages_operations::{grant_operate, left, seen};
use crate::server::{Client, Server, project};
use crate::visitor::Visitor;

/// The university with its roster, on a working day, with one candidate of the branch secretary whose first talk
/// is long overdue.
pub async fn overdue() -> (House, Server, PersonId, PersonId) {
    let house = House::new().await;
    house.import(ImportKind::Organisation, "clean-1200").await;
    house.import(ImportKind::Roster, "clean-1200").await;
    let server = Server::start(&house).await;
    project(&house).await;
    let candidate = house.person(Sample::CANDIDATE).await;
    let liaison = house.person(Sample::BRANCH_SECRETARY).await;
    let assigned = json!({ "liaison": liaison });
    server.operator().post(&format!("/v1/candidates/{candidate}/liaison"), &assigned).await.ok();
    project(&house).await;
    (house, server, candidate, liaison)
}

/// The day that the plan of a first talk certainly names, as the preview's `on`: the last that it takes.
fn far(house: &House) -> String {
    house.application.clock().today().saturating_add(jiff::Span::new().days(45)).to_string()
}

fn of(items: &Value, person: PersonId) -> &Value {
    let found = items["items"].as_array().unwrap().iter().find(|item| item["addressee"] == json!(person));
    found.unwrap_or(&Value::Null)
}

async fn events(client: &Client) -> String {
    client.get("/v1/events?limit=1").await.header("peiyu-head").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_names_whom_the_notifier_would_and_sends_nothing() {
    let (house, server, candidate, liaison) = overdue().await;
    let operator = server.operator();
    let before = events(&operator).await;
    let on = far(&house);
    let preview = operator.get(&format!("/v1/reminders/preview?on={on}")).await.ok();
    assert_eq!(preview["day"], on);
    let digest = of(&preview, liaison);
    assert!(digest["own_count"].as_u64() >= Some(1), "{digest}");
    let name = digest["addressee_name"].as_str().unwrap().to_owned();

    let letter = operator.get(&format!("/v1/reminders/preview/{liaison}?on={on}")).await.ok();
    let text = letter["text"].as_str().unwrap();
    assert!(text.starts_with(&name), "{text}");
    assert!(text.contains(&format!("{}/people/{candidate}/talks/new", server.base)), "{text}");
    assert!(letter["html"].as_str().unwrap().contains("<!doctype html>"));
    assert_eq!(events(&operator).await, before, "a preview left an event");
    assert_eq!(operator.get("/v1/reminders").await.ok()["items"], json!([]));

    let browser = Visitor::of(&server, Sample::DEPARTMENT_HEAD).await;
    let (status, page) = seen(&browser, &format!("/reminders/preview?on={on}")).await;
    assert!(status == 200 && page.contains(&name), "{status} {page}");
    assert!(page.contains(&format!("/reminders/preview/{liaison}?on={on}")), "{page}");
    let (status, page) = seen(&browser, &format!("/reminders/preview/{liaison}?on={on}")).await;
    assert!(
        status == 200 && page.contains("只是预览，没有发出") && page.contains("【培育】今日待办"),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_of_a_day_that_is_over_or_far_off_is_refused_beside_the_form() {
    let (_house, server, _, _) = overdue().await;
    let operator = server.operator();
    for on in ["2001-01-01", "2999-01-01"] {
        let path = format!("/v1/reminders/preview?on={on}");
        operator.get(&path).await.is(400, "parameter_unfit");
    }
    let browser = Visitor::of(&server, Sample::DEPARTMENT_HEAD).await;
    let (status, page) = seen(&browser, "/reminders/preview?on=2001-01-01").await;
    assert!(
        status == 400 && page.contains("role=\"alert\"") && page.contains("value=\"2001-01-01\""),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_shows_nobody_outside_ones_part_of_the_tree() {
    let (house, server, _, _) = overdue().await;
    let on = far(&house);
    let all = server.operator().get(&format!("/v1/reminders/preview?on={on}")).await.ok();
    let secretary = server.account(Sample::BRANCH_SECRETARY).await;
    let own = secretary.get(&format!("/v1/reminders/preview?on={on}")).await.ok();
    let people = |preview: &Value| -> Vec<String> {
        let items = preview["items"].as_array().unwrap();
        items.iter().map(|item| item["addressee"].as_str().unwrap().to_owned()).collect()
    };
    let (all, own) = (people(&all), people(&own));
    assert!(own.len() < all.len(), "{own:?} {all:?}");
    let hidden: Vec<_> = all.iter().filter(|person| !own.contains(person)).collect();
    let path = format!("/v1/reminders/preview/{}?on={on}", hidden[0]);
    secretary.get(&path).await.is(404, "not_found");
}

/// A digest that could not be delivered, as the notifier puts it on record.
async fn failed(house: &House, candidate: PersonId, liaison: PersonId) -> ReminderId {
    let application = &house.application;
    let today = application.clock().today();
    let named = Named {
        obligation: Uuid::from_u128(77),
        kind: DutyKind::FirstTalk,
        about: candidate,
        due_on: today,
        rung: Rung::Due,
    };
    let notifier = || request(application.notifier());
    let lease = jiff::SignedDuration::from_mins(15);
    application.claim_reminder(&notifier(), liaison, today, "mail", vec![named], lease).await.unwrap();
    let id = ReminderId::of(liaison, today, "mail");
    application.reminder_failed(&notifier(), id, ReminderFailure::NoAddress, None).await.unwrap();
    project(house).await;
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_opened_says_what_it_named_why_and_what_failed() {
    let (house, server, candidate, liaison) = overdue().await;
    let id = failed(&house, candidate, liaison).await;
    let operator = server.operator();
    let digest = operator.get(&format!("/v1/reminders/{}", id.0)).await.ok();
    assert_eq!((&digest["state"], &digest["reason"]), (&json!("failed"), &json!("no_address")));
    assert_eq!(digest["items"][0]["about"], json!(candidate));
    assert!(digest["items"][0]["about_name"].is_string(), "{digest}");
    let sent = operator.get("/v1/reminders?state=sent").await.ok();
    assert_eq!(sent["items"], json!([]), "the state filters");
    assert_eq!(operator.get("/v1/reminders?state=failed").await.ok()["items"][0]["id"], json!(id));
    operator.get("/v1/reminders?state=lost").await.is(400, "parameter_unfit");
    operator.get(&format!("/v1/reminders/{}", Uuid::new_v4())).await.is(404, "not_found");

    let browser = Visitor::of(&server, Sample::DEPARTMENT_HEAD).await;
    let (_, list) = seen(&browser, "/reminders?state=failed").await;
    assert!(
        list.contains("未送达：没有邮箱地址") && list.contains(&format!("/reminders/{}", id.0)),
        "{list}"
    );
    let (_, none) = seen(&browser, "/reminders?state=sent").await;
    assert!(none.contains("没有符合条件的提醒"), "{none}");
    let (status, page) = seen(&browser, &format!("/reminders/{}", id.0)).await;
    assert!(status == 200 && page.contains("到期提醒") && page.contains("首次谈话"), "{page}");
    let (status, page) = seen(&browser, &format!("/people/{candidate}/reminders")).await;
    assert!(status == 200 && page.contains("提醒追溯") && page.contains("首次谈话"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_is_for_operators_and_dropped_only_after_a_question() {
    let (house, server, _, liaison) = overdue().await;
    // The first talk came due, and then the system was restored from a backup made before.
    let backed_up_at = house.application.clock().now();
    house.set_clock("2027-01-08T02:00:00Z");
    let application = &house.application;
    let epoch = application.store().begin_epoch_above(0).await.unwrap();
    let began = BeginEpoch {
        epoch: epoch.epoch,
        earlier_epoch: 1,
        last_position: epoch.position,
        last_event: None,
        backed_up_at: Some(backed_up_at),
    };
    application.begin_epoch(&request(application.operator()), began).await.unwrap();
    project(&house).await;

    let browser = Visitor::of(&server, Sample::DEPARTMENT_HEAD).await;
    assert_eq!(seen(&browser, "/reminders/held").await.0, 403);
    let (_, list) = seen(&browser, "/reminders").await;
    assert!(!list.contains("/reminders/held"), "a link that leads to a refusal: {list}");
    grant_operate(&house, &server, Sample::DEPARTMENT_HEAD).await;
    let (status, page) = seen(&browser, "/reminders/held").await;
    assert!(status == 200 && page.contains("/reminders/held/drop"), "{status} {page}");
    let operator = Visitor::of(&server, Sample::CANDIDATE).await;
    grant_operate(&house, &server, Sample::CANDIDATE).await;
    let (status, page) = seen(&operator, "/reminders/held").await;
    assert!(status == 200 && page.contains("href=\"/reminders/held\""), "{status} {page}");
    assert!(
        !page.contains("href=\"/reminders\""),
        "whoever only operates is shown no way to a refusal: {page}"
    );
    let held = server.operator().get("/v1/reminders/held").await.ok();
    let mine = held["items"].as_array().unwrap().iter().find(|item| item["addressee"] == json!(liaison));
    assert!(mine.is_some(), "{held}");

    let (status, page) = seen(&browser, "/reminders/held/drop").await;
    assert!(status == 200 && page.contains("取消暂停的提醒？"), "{page}");
    assert_eq!(server.operator().get("/v1/reminders/held").await.ok(), held, "asking drops nothing");
    let (status, to) = left(&browser, "/reminders/held/drop", &[("key", &Uuid::new_v4().to_string())]).await;
    assert!(status == 303 && to.starts_with("/reminders/held?after="), "{status} {to}");
    project(&house).await;
    let (status, page) = seen(&browser, &to).await;
    assert!(status == 200 && page.contains("没有暂停的提醒") && page.contains("已处理"), "{page}");
    let (status, page) = left(&browser, "/reminders/held", &[("key", &Uuid::new_v4().to_string())]).await;
    assert!(status == 422 && page.contains("role=\"alert\""), "nothing is left to release: {status} {page}");
}

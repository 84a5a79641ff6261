//! 培训 in the browser and in the interface: planned, enrolled, recorded by list; what is refused stays typed.

use peiyu_testing::Sample;
use serde_json::json;
use uuid::Uuid;

use crate::server::{filled, project};
use crate::visitor::{Page, Visitor};

/// The values of all fields of this name.
fn fields(page: &Page, name: &str) -> Vec<String> {
    let begin = format!("name=\"{name}\" value=\"");
    page.text.split(&begin).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_is_planned_people_are_enrolled_and_results_saved_by_list() {
    let (house, server) = filled().await;
    let browser = Visitor::of(&server, Sample::DEPARTMENT_HEAD).await;
    browser.get("/trainings").await.says(&["还没有培训班"]);
    let form = browser.get("/trainings/new").await;
    let today = house.application.clock().today().to_string();
    let key = form.field("key").to_owned();
    let organisation =
        form.text.split("<option value=\"").nth(2).unwrap().split('"').next().unwrap().to_owned();
    let with_hours = |hours: &'static str| {
        [
            ("key", key.clone()),
            ("title", "专题<b>培训</b>班".to_owned()),
            ("organisation", organisation.clone()),
            ("form", "concentrated_training".to_owned()),
            ("from", today.clone()),
            ("to", today.clone()),
            ("hours", hours.to_owned()),
            ("places", "1".to_owned()),
        ]
    };
    let sent = |fields: [(&'static str, String); 8]| {
        let browser = &browser;
        async move {
            let fields: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            browser.post("/trainings/new", &fields).await
        }
    };
    let refused = sent(with_hours("许多")).await;
    assert_eq!(refused.status.as_u16(), 422);
    refused.says(&["value=\"许多\""]);
    refused.says(&["学时请填"]);
    assert!(!refused.text.contains("<b>培训</b>"), "what was typed is text, no markup");
    let planned = sent(with_hours("８．５")).await;
    assert_eq!(planned.status.as_u16(), 303, "{}", planned.text);
    let twice = sent(with_hours("８．５")).await;
    assert_eq!(twice.location(), planned.location(), "sent twice, planned once");
    project(&house).await;
    let path = planned.location().split('?').next().unwrap().to_owned();
    browser.get(&path).await.says(&["还没有人报名"]);

    // One place: of two chosen one is enrolled, and why the other is not stands beside the name.
    let mut chosen = Vec::new();
    for number in [Sample::CANDIDATE, Sample::OTHER_CANDIDATE] {
        let found = browser.post(&format!("{path}/search"), &[("text", number)]).await;
        assert_eq!(found.status.as_u16(), 200);
        chosen.push(fields(&found, "person").remove(0));
    }
    let other = Sample::OTHER_CANDIDATE;
    let both = [("text", other), ("person", chosen[0].as_str()), ("person", chosen[1].as_str())];
    let projecting = async {
        // The page waits until the read models show what was done.
        for _ in 0..20 {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            project(&house).await;
        }
    };
    let address = format!("{path}/participants");
    let (enrolled, ()) = tokio::join!(browser.post(&address, &both), projecting);
    assert_eq!(enrolled.status.as_u16(), 422, "{}", enrolled.text);
    enrolled.says(&["部分已报名"]);
    enrolled.says(&["class=\"field-fault\""]);
    project(&house).await;
    let class = browser.get(&path).await;
    class.says(&[Sample::CANDIDATE]);
    let rows = fields(&class, "row");
    assert_eq!(rows.len(), 1);

    let result = |hours: &'static str| {
        [
            ("on", today.clone()),
            ("row", rows[0].clone()),
            ("outcome", "excellent".to_owned()),
            ("hours", hours.to_owned()),
        ]
    };
    let record = |fields: [(&'static str, String); 4]| {
        let (browser, path) = (&browser, format!("{path}/results"));
        async move {
            let fields: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            browser.post(&path, &fields).await
        }
    };
    let too_many = record(result("9")).await;
    assert_eq!(too_many.status.as_u16(), 422, "{}", too_many.text);
    too_many.says(&["value=\"9\""]);
    too_many.says(&["id=\"fault-"]);
    let saved = record(result("8.5")).await;
    assert_eq!(saved.status.as_u16(), 303, "{}", saved.text);
    assert_eq!(record(result("8.5")).await.location(), saved.location(), "sent twice, recorded once");
    project(&house).await;
    let done = browser.get(&path).await;
    done.says(&["优秀"]);
    assert!(fields(&done, "row").is_empty(), "nobody is without a result");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_refused_loses_none_after_it_and_nothing_chosen_is_no_success() {
    let (house, server) = filled().await;
    let operator = server.operator();
    let browser = Visitor::of(&server, Sample::DEPARTMENT_HEAD).await;
    let top = operator.get("/v1/organisations").await.ok()["items"][0]["id"].clone();
    let today = house.application.clock().today().to_string();
    let plan = json!({ "title": "培训班", "organisation": top, "form": "lecture", "from": today, "to": today, "hours": 8 });
    let class = operator.post("/v1/trainings", &plan).await.ok()["id"].as_str().unwrap().to_owned();
    project(&house).await;
    let keyed = |person: &str| format!("{person} {}", Uuid::now_v7());
    let nobody = Uuid::now_v7().to_string();
    let somebody = house.person(Sample::CANDIDATE).await.to_string();

    let (first, second) = (keyed(&nobody), keyed(&somebody));
    let path = format!("/trainings/{class}");
    let chosen = [("text", Sample::CANDIDATE), ("person", &*first), ("person", &*second)];
    let enrolled = browser.post(&format!("{path}/participants"), &chosen).await;
    assert_eq!(enrolled.status.as_u16(), 422, "{}", enrolled.text);
    enrolled.says(&["部分已报名", "有人已不在下面", "notice warn"]);
    project(&house).await;
    browser.get(&path).await.says(&["href=\"/people/", &somebody]);

    let (first, second) = (keyed(&nobody), keyed(&somebody));
    let rows = |outcome: &'static str| {
        [
            ("on", today.as_str()),
            ("row", first.as_str()),
            ("outcome", outcome),
            ("hours", "8"),
            ("row", second.as_str()),
            ("outcome", outcome),
            ("hours", "8"),
        ]
    };
    let nothing = browser.post(&format!("{path}/results"), &rows("")).await;
    nothing.says(&["<p class=\"notice warn\" role=\"status\">没有选择任何结果"]);
    let recorded = browser.post(&format!("{path}/results"), &rows("passed")).await;
    assert_eq!(recorded.status.as_u16(), 422, "{}", recorded.text);
    recorded.says(&["其余已保存，1 行没有保存", "有人已不在下面"]);
    project(&house).await;
    browser.get(&path).await.says(&["合格"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_lets_nobody_be_chosen_who_is_refused_and_says_when_there_are_more() {
    let (house, server) = filled().await;
    let operator = server.operator();
    let browser = Visitor::of(&server, Sample::DEPARTMENT_HEAD).await;
    let top = operator.get("/v1/organisations").await.ok()["items"][0]["id"].clone();
    let today = house.application.clock().today().to_string();
    let plan = json!({ "title": "培训班", "organisation": top, "form": "lecture", "from": today, "to": today, "hours": 8 });
    let class = operator.post("/v1/trainings", &plan).await.ok()["id"].as_str().unwrap().to_owned();
    project(&house).await;
    let address = format!("/trainings/{class}/search");
    let disabled = " disabled> <span class=\"who\">";

    let some = operator.post("/v1/persons/search", &json!({ "text": "200", "limit": 200 })).await.ok();
    // Of the key group, and a member of the Party.
    let is_member = |one: &&serde_json::Value| one["key_group"] == true && one["in_pool"] == false;
    let member = some["items"].as_array().unwrap().iter().find(is_member).unwrap();
    let found = browser.post(&address, &[("text", member["staff_number"].as_str().unwrap())]).await;
    found.says(&["不在信息库", disabled]);

    let found = browser.post(&address, &[("text", Sample::CANDIDATE)]).await;
    assert_eq!(fields(&found, "person").len(), 1);
    assert!(!found.text.contains(disabled) && !found.text.contains("还有更多"), "{}", found.text);
    let found = browser.post(&address, &[("text", "200")]).await;
    assert_eq!(fields(&found, "person").len(), 50);
    found.says(&["只显示前 50 人，还有更多"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn participants_are_told_to_whom_they_belong_and_the_class_to_all() {
    let (house, server) = filled().await;
    let operator = server.operator();
    let top = operator.get("/v1/organisations").await.ok()["items"][0]["id"].clone();
    let today = house.application.clock().today().to_string();
    let plan = json!({ "title": "培训班", "organisation": top, "form": "lecture", "from": today, "to": today, "hours": 8 });
    let class = operator.post("/v1/trainings", &plan).await.ok()["id"].as_str().unwrap().to_owned();
    for number in [Sample::CANDIDATE, Sample::OTHER_CANDIDATE] {
        let person = json!({ "person": house.person(number).await });
        operator.post(&format!("/v1/trainings/{class}/participants"), &person).await.ok();
    }
    project(&house).await;
    let list = format!("/v1/trainings/{class}/participants");
    let all = operator.get(&list).await.ok();
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
    let first = operator.get(&format!("{list}?limit=1")).await.ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = operator.get(&format!("{list}?limit=1&cursor={cursor}")).await.ok();
    assert_ne!(first["items"][0]["person"], second["items"][0]["person"]);
    let secretary = server.account(Sample::COMMITTEE_SECRETARY).await;
    let own = secretary.get(&list).await.ok();
    let numbers: Vec<_> = own["items"].as_array().unwrap().iter().map(|one| &one["staff_number"]).collect();
    assert_eq!(numbers, [&json!(Sample::CANDIDATE)], "the other is of another unit");
    assert_eq!(secretary.get(&format!("/v1/trainings/{class}")).await.ok()["enrolled"], 2);
    let unknown = Uuid::new_v4();
    operator.get(&format!("/v1/trainings/{unknown}")).await.is(404, "not_found");
    operator.get(&format!("/v1/trainings/{unknown}/participants")).await.is(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_manage_training_finds_no_way_to_it() {
    let (_house, server) = filled().await;
    let browser = Visitor::of(&server, Sample::BRANCH_SECRETARY).await;
    assert!(!browser.get("/todo").await.text.contains("href=\"/trainings\""));
    for path in ["/trainings", &format!("/trainings/{}", Uuid::new_v4())] {
        assert_eq!(browser.get(path).await.status.as_u16(), 403, "{path}");
    }
}

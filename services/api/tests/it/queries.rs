//! Queries: one's own write, pages, the feed, and who looked at whose dossier.

use peiyu_domain::installation::commands::BeginEpoch;
use peiyu_testing::{Sample, request};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::server::{filled, project, send};

#[tokio::test(flavor = "multi_thread")]
async fn a_query_waits_for_ones_own_write_and_says_what_it_shows() {
    let (house, server) = filled().await;
    let operator = server.operator();
    let candidate = house.person(Sample::CANDIDATE).await;
    let liaison = house.person(Sample::BRANCH_SECRETARY).await;
    let done =
        operator.post(&format!("/v1/candidates/{candidate}/liaison"), &json!({ "liaison": liaison })).await;
    let event = done.ok()["event"].as_str().unwrap().to_owned();
    let path = format!("/v1/pool?liaison={liaison}");
    let asked = send(operator.request(Method::GET, &path).header("peiyu-after", &event));
    let projected = async {
        // The query is under way by now or begins behind it; both must show the write.
        project(&house).await;
    };
    let (answer, ()) = tokio::join!(asked, projected);
    let head: i64 = house.application.store().feed_head().await.unwrap().position;
    assert_eq!(answer.header("peiyu-position").parse::<i64>().unwrap(), head);
    assert_eq!(answer.ok()["items"][0]["id"], json!(candidate));
    let odd = operator.request(Method::GET, "/v1/pool").header("peiyu-after", "yesterday");
    send(odd).await.is(400, "header_unfit");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pool_comes_page_by_page_and_no_address_carries_a_name() {
    let (_house, server) = filled().await;
    let operator = server.operator();
    let mut ids = std::collections::BTreeSet::new();
    let mut cursor = String::new();
    let mut pages = 0;
    loop {
        let page = operator.get(&format!("/v1/pool?limit=200{cursor}")).await.ok();
        pages += 1;
        for row in page["items"].as_array().unwrap() {
            assert!(ids.insert(row["id"].as_str().unwrap().to_owned()), "{row} came twice");
            assert!(row["name"].is_string() && row.get("sort_key").is_none());
        }
        match page["next_cursor"].as_str() {
            Some(next) if pages < 10 => cursor = format!("&cursor={next}"),
            _ => break,
        }
    }
    assert_eq!((ids.len(), pages), (556, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_is_lines_of_cloud_events_in_order_and_sealed() {
    let (house, server) = filled().await;
    let operator = server.operator();
    let answer = operator.get("/v1/events?after=10&limit=300").await;
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    let head = house.application.store().feed_head().await.unwrap();
    assert_eq!(answer.header("peiyu-head"), head.position.to_string());
    assert_eq!(answer.header("peiyu-epoch"), head.epoch.to_string());
    let events: Vec<Value> = answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let positions: Vec<i64> = events.iter().map(|event| event["position"].as_i64().unwrap()).collect();
    assert_eq!(positions, (11..=310).collect::<Vec<_>>());
    assert!(events.iter().all(|event| event["specversion"] == "1.0" && event["id"].is_string()));
    assert!(!answer.text.contains("$sensitive"), "a field is not sealed");
    let kind = events[0]["dataschema"].as_str().unwrap();
    server.anonymous().get(kind).await.ok();
    assert_eq!(operator.get(&format!("/v1/events?after={}", head.position)).await.text, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_of_an_ended_epoch_is_told_up_to_where_both_agree() {
    let (house, server) = filled().await;
    let (operator, application) = (server.operator(), &house.application);
    operator.get("/v1/events?after=3&epoch=1&limit=1").await.ok();
    operator.get("/v1/events?epoch=2").await.is(409, "epoch_changed");
    let head = application.store().begin_epoch_above(0).await.unwrap();
    let began = BeginEpoch {
        epoch: head.epoch,
        earlier_epoch: 1,
        last_position: head.position,
        last_event: None,
        backed_up_at: Some(application.clock().now()),
    };
    application.begin_epoch(&request(application.operator()), began).await.unwrap();
    house.sequence().await;
    let refused = operator.get("/v1/events?after=999999&epoch=1").await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    let problem: Value = serde_json::from_str(&refused.text).unwrap();
    assert_eq!(refused.problem(), "epoch_changed");
    assert_eq!(problem["facts"]["shared_position"], head.position);
    let event = operator.get(&format!("/v1/events?after={}&epoch=2", head.position)).await;
    assert_eq!(event.header("peiyu-epoch"), "2");
    let event: Value = serde_json::from_str(event.text.trim()).unwrap();
    assert!(event["type"] == "peiyu.installation.EpochBegan.v1" && event["epoch"] == 2, "{event}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dossier_shows_every_event_unsealed_and_the_look_is_kept_for_good() {
    let (house, server) = filled().await;
    let secretary = server.account(Sample::COMMITTEE_SECRETARY).await;
    let candidate = house.person(Sample::CANDIDATE).await;
    let dossier = secretary.get(&format!("/v1/dossiers/{candidate}")).await.ok();
    let events = dossier["events"].as_array().unwrap();
    let names: Vec<&str> = events.iter().map(|event| event["event_type"].as_str().unwrap()).collect();
    assert!(names.contains(&"PersonRegistered") && names.contains(&"PoolEntered"), "{names:?}");
    let registered = events.iter().find(|event| event["event_type"] == "PersonRegistered").unwrap();
    assert_eq!(registered["content"]["record"]["staff_number"], Sample::CANDIDATE);
    assert!(registered["recorded_at"].is_string() && registered["policy_version"].is_string());
    let looks: Vec<(Uuid, Uuid)> =
        sqlx::query_as("select reader, subject from api.reads").fetch_all(&server.pool).await.unwrap();
    assert_eq!(looks, vec![(house.person(Sample::COMMITTEE_SECRETARY).await.0, candidate.0)]);
    let changed = sqlx::query("delete from api.reads").execute(&server.pool).await;
    assert!(changed.is_err(), "a look was taken back");
}

#[tokio::test(flavor = "multi_thread")]
async fn proposals_are_made_and_applied_row_by_row_with_a_report() {
    let (house, server) = filled().await;
    let operator = server.operator();
    let proposal = operator.post("/v1/liaison/proposals", &json!({})).await.ok();
    let assignments = proposal["assignments"].as_array().unwrap();
    let without = proposal["without"].as_array().unwrap();
    assert_eq!(assignments.len() + without.len(), 556);
    let row = &assignments[0];
    let good = json!({ "candidate": row["candidate"], "liaison": row["liaison"] });
    let bad = json!({ "candidate": assignments[1]["candidate"], "liaison": assignments[1]["candidate"] });
    let body = json!({ "assignments": [good, bad] });
    let key = Uuid::new_v4();
    let applied = operator.post_as("/v1/liaison/proposals/apply", &body, key).await.ok();
    assert_eq!(applied["refused"].as_array().unwrap().len(), 1, "{applied}");
    let again = operator.post_as("/v1/liaison/proposals/apply", &body, key).await.ok();
    assert_eq!(again["refused"].as_array().unwrap().len(), 1, "sent again it does nothing new: {again}");
    let third = json!({ "candidate": assignments[2]["candidate"], "liaison": assignments[2]["liaison"] });
    let other = json!({ "assignments": [third] });
    operator.post_as("/v1/liaison/proposals/apply", &other, key).await.is(422, "idempotency_key_reused");
    project(&house).await;
    let coverage = operator.get("/v1/coverage").await.ok();
    assert_eq!(coverage["covered"], 1, "{coverage}");
}

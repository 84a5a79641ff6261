//! What people do wrong, and what they are told.

use std::time::Duration;

use serde_json::{Value, json};

use crate::house::{House, sample};

/// An HTTP client with the operator's token.
fn operator(house: &House) -> (reqwest::blocking::Client, String, String) {
    let token = std::fs::read_to_string(house.data().join("operator.token")).unwrap().trim().to_owned();
    let client = reqwest::blocking::Client::builder().timeout(Duration::from_secs(30)).build().unwrap();
    let base = format!("http://{}", house.setting("http", "listen"));
    (client, base, token)
}

fn problem(response: reqwest::blocking::Response) -> (u16, Value) {
    let status = response.status().as_u16();
    assert_eq!(
        response.headers().get("content-type").and_then(|value| value.to_str().ok()),
        Some("application/problem+json"),
        "{status} is told as a problem"
    );
    (status, response.json().unwrap())
}

#[test]
fn a_wrong_request_is_told_what_is_wrong() {
    let house = House::new();
    house.up(&[]);
    let (client, base, token) = operator(&house);
    let nobody = uuid::Uuid::now_v7();
    let url = format!("{base}/v1/candidates/{nobody}/talks");
    let post = |body: &str, key: bool| {
        let mut request = client
            .post(&url)
            .bearer_auth(&token)
            .header("content-type", "application/json")
            .body(body.to_owned());
        if key {
            request = request.header("idempotency-key", uuid::Uuid::now_v7().to_string());
        }
        problem(request.send().unwrap())
    };
    let talk = json!({ "held_on": "2026-11-20", "form": "single", "topics": ["思想动态"], "gist": "近况" });

    assert_eq!(post(&talk.to_string(), false).0, 400, "a command needs an id");
    assert_eq!(post("{ not json", true).0, 400);
    let mut unknown = talk.clone();
    unknown["color"] = json!("red");
    let (status, told) = post(&unknown.to_string(), true);
    assert_eq!(status, 400);
    assert!(told.to_string().contains("color"), "the unknown field is named: {told}");
    let mut wrong = talk.clone();
    wrong["held_on"] = json!(7);
    let (status, told) = post(&wrong.to_string(), true);
    assert_eq!(status, 400);
    assert!(told.to_string().contains("held_on"), "the field of the wrong type is named: {told}");
    assert_eq!(post(&talk.to_string(), true).0, 404, "nobody has this id");
    let large = json!({ "gist": "长".repeat(600_000) });
    assert_eq!(post(&large.to_string(), true).0, 413);
    let anonymous = client.get(format!("{base}/v1/pool")).send().unwrap();
    assert_eq!(problem(anonymous).0, 401);
    let (status, _) = problem(client.get(format!("{base}/v1/nowhere")).bearer_auth(&token).send().unwrap());
    assert_eq!(status, 404);
}

#[test]
fn a_file_that_cannot_be_taken_in_is_refused_whole() {
    let house = House::new();
    house.up(&[]);
    let pdf = house.file("roster.xlsx").display().to_string();
    std::fs::write(&pdf, b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj").unwrap();
    let said = house.refused(&["import", "roster", &pdf], 3);
    assert!(said.contains("PDF"), "it says what the file looks like: {said}");
    let talks = sample("talks-messy-1500.xlsx");
    let said = house.refused(&["import", "organisation", &talks], 3);
    assert!(said.contains("党组织"), "it names the sheet that is missing: {said}");
    let exported = house.run(&["export", "events", "--operator"]);
    assert!(!exported.contains("ImportStarted"), "nothing half done");
}

#[test]
fn a_mistyped_verb_and_a_system_that_is_down_are_told_apart() {
    let house = House::new();
    house.refused(&["improt"], 2);
    let said = house.refused(&["todo"], 4);
    assert!(said.contains("peiyu up"), "it says what to do: {said}");
}

//! Who may use which route: every route times every role against one table, and objects outside one's part.

use std::collections::BTreeSet;

use peiyu_domain::import::ImportKind;
use peiyu_testing::{House, Sample};
use serde_json::json;
use uuid::Uuid;

use crate::server::{Client, Reply, Server, project};

/// x somebody without an office, b branch secretary, u secretary of a unit's committee, d head of the department,
/// o the operator. Anonymous callers may use what is marked `*` and nothing else.
const TABLE: &[(&str, &str, &str)] = &[
    ("delete", "/v1/accounts/{id}", "do"),
    ("delete", "/v1/accounts/{id}/rights/{right}", "do"),
    ("delete", "/v1/sessions/current", "xbudo"),
    ("delete", "/v1/tokens/{id}", "xbudo"),
    ("get", "/openapi.json", "*xbudo"),
    ("get", "/v1/accounts", "do"),
    ("get", "/v1/asyncapi.yaml", "*xbudo"),
    ("get", "/v1/candidates/{id}", "budo"),
    ("get", "/v1/changes", "xbudo"),
    ("get", "/v1/coverage", "budo"),
    ("get", "/v1/coverage/export", "budo"),
    ("get", "/v1/coverage/gaps", "budo"),
    ("get", "/v1/coverage/leaders", "budo"),
    ("get", "/v1/coverage/matrix", "budo"),
    ("get", "/v1/dossiers/{person}", "budo"),
    ("get", "/v1/events", "do"),
    ("get", "/v1/imports", "do"),
    ("get", "/v1/imports/{id}", "do"),
    ("get", "/v1/imports/{id}/rejects", "do"),
    ("get", "/v1/operations", "o"),
    ("get", "/v1/organisations", "xbudo"),
    ("get", "/v1/parked", "o"),
    ("get", "/v1/parked/requests", "o"),
    ("get", "/v1/parked/requests/{id}", "o"),
    ("get", "/v1/parked/{view}/{stream}", "o"),
    ("get", "/v1/persons/{id}", "budo"),
    ("get", "/v1/policies/current", "xbudo"),
    ("get", "/v1/pool", "budo"),
    ("get", "/v1/reminders", "budo"),
    ("get", "/v1/reminders/explain", "budo"),
    ("get", "/v1/reminders/held", "o"),
    ("get", "/v1/reminders/preview", "budo"),
    ("get", "/v1/reminders/preview/{person}", "budo"),
    ("get", "/v1/reminders/templates", "budo"),
    ("get", "/v1/reminders/templates/{language}/changes", "budo"),
    ("get", "/v1/reminders/{id}", "budo"),
    ("get", "/v1/schemas/{type}", "*xbudo"),
    ("get", "/v1/todo", "budo"),
    ("get", "/v1/tokens", "xbudo"),
    ("get", "/v1/trainings", "udo"),
    ("get", "/v1/trainings/{id}", "udo"),
    ("get", "/v1/trainings/{id}/participants", "udo"),
    ("get", "/v1/whoami", "xbudo"),
    ("post", "/v1/account/password", "xbudo"),
    ("post", "/v1/accounts", "do"),
    ("post", "/v1/accounts/{id}/password", "do"),
    ("post", "/v1/accounts/{id}/rights", "do"),
    ("post", "/v1/candidates/{id}/liaison", "udo"),
    ("post", "/v1/candidates/{id}/liaison/end", "udo"),
    ("post", "/v1/candidates/{id}/talks", "budo"),
    ("post", "/v1/candidates/{id}/talks/{talk}/corrections", "budo"),
    ("post", "/v1/imports", "do"),
    ("post", "/v1/imports/{id}/again", "do"),
    ("post", "/v1/imports/{id}/confirm", "do"),
    ("post", "/v1/liaison/proposals", "udo"),
    ("post", "/v1/liaison/proposals/apply", "udo"),
    ("post", "/v1/organisations/{id}/offices/end", "do"),
    ("post", "/v1/parked/retry", "o"),
    ("post", "/v1/parked/skip", "o"),
    ("post", "/v1/persons/search", "budo"),
    ("post", "/v1/persons/{id}/corrections", "do"),
    ("post", "/v1/policies", "do"),
    ("post", "/v1/pool/export", "budo"),
    ("post", "/v1/pool/search", "budo"),
    ("post", "/v1/reminders/held/drop", "o"),
    ("post", "/v1/reminders/held/release", "o"),
    ("post", "/v1/reminders/templates/{language}", "do"),
    ("post", "/v1/reminders/templates/{language}/preview", "budo"),
    ("post", "/v1/reminders/templates/{language}/restore", "do"),
    ("post", "/v1/sessions", "*xbudo"),
    ("post", "/v1/tokens", "xbudo"),
    ("post", "/v1/trainings", "udo"),
    ("post", "/v1/trainings/{id}/participants", "udo"),
    ("post", "/v1/trainings/{id}/participants/{person}/completion", "udo"),
];

/// The address with an id in each place; none of them names anything.
fn address(path: &str) -> String {
    let id = Uuid::new_v4().to_string();
    let path = path.replace("{right}", "feed.read").replace("{talk}", "1").replace("{type}", "nothing.json");
    let path = path.replace("{view}", "candidates").replace("{language}", "zh");
    let path = ["{id}", "{person}", "{stream}"].iter().fold(path, |path, place| path.replace(place, &id));
    if path == "/v1/reminders/explain" { format!("{path}?person={id}") } else { path }
}

async fn call(client: &Client, method: &str, path: &str) -> Reply {
    match method {
        // It stays open: its head says enough.
        "get" if path == "/v1/changes" => client.head_of(path).await,
        "get" => client.get(path).await,
        "delete" => client.delete(path).await,
        // An unknown field: whoever passes the door is told so, and nothing happens.
        "post" => client.post(path, &json!({ "no_such_field": true })).await,
        other => panic!("no caller for {other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_lets_in_exactly_the_roles_of_the_table() {
    let house = House::new().await;
    house.import(ImportKind::Organisation, "clean-1200").await;
    house.import(ImportKind::Roster, "clean-1200").await;
    let server = Server::start(&house).await;
    project(&house).await;
    let described = server.anonymous().get("/openapi.json").await.ok();
    let mut routes = BTreeSet::new();
    for (path, operations) in described["paths"].as_object().unwrap() {
        routes.extend(operations.as_object().unwrap().keys().map(|method| (method.clone(), path.clone())));
    }
    let listed: BTreeSet<_> =
        TABLE.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(routes, listed, "the table and the routes differ");

    let roles = [
        ('*', server.anonymous()),
        ('x', server.account(Sample::CANDIDATE).await),
        ('b', server.account(Sample::BRANCH_SECRETARY).await),
        ('u', server.account(Sample::COMMITTEE_SECRETARY).await),
        ('d', server.account(Sample::DEPARTMENT_HEAD).await),
        ('o', server.operator()),
    ];
    for (method, path, allowed) in TABLE {
        // Signing out would end the walk.
        if *path == "/v1/sessions/current" {
            server.anonymous().delete(path).await.is(401, "not_signed_in");
            continue;
        }
        for (role, client) in &roles {
            let answer = call(client, method, &address(path)).await;
            let place = format!("{method} {path} as {role}: {} {}", answer.status, answer.text);
            let let_in = !matches!(answer.problem(), "not_signed_in" | "forbidden");
            assert_eq!(let_in, allowed.contains(*role), "{place}");
            assert!(!answer.status.is_server_error(), "{place}");
            if !let_in {
                answer.is(
                    if *role == '*' { 401 } else { 403 },
                    if *role == '*' { "not_signed_in" } else { "forbidden" },
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_outside_ones_part_of_the_tree_is_not_there() {
    let house = House::new().await;
    house.import(ImportKind::Organisation, "clean-1200").await;
    house.import(ImportKind::Roster, "clean-1200").await;
    let server = Server::start(&house).await;
    project(&house).await;
    let secretary = server.account(Sample::COMMITTEE_SECRETARY).await;
    let (own, other) = (house.person(Sample::CANDIDATE).await, house.person(Sample::OTHER_CANDIDATE).await);
    let me = house.person(Sample::COMMITTEE_SECRETARY).await;
    for path in ["/v1/candidates/", "/v1/persons/", "/v1/dossiers/", "/v1/reminders/explain?person="] {
        assert_eq!(secretary.get(&format!("{path}{own}")).await.status, 200, "{path}");
        secretary.get(&format!("{path}{other}")).await.is(404, "not_found");
    }
    let assign = json!({ "liaison": me });
    secretary.post(&format!("/v1/candidates/{other}/liaison"), &assign).await.is(404, "not_found");
    secretary.post(&format!("/v1/candidates/{own}/liaison"), &assign).await.ok();
    let search = |number: &str| json!({ "staff_number": number });
    let found = secretary.post("/v1/persons/search", &search(Sample::OTHER_CANDIDATE)).await.ok();
    assert_eq!(found["items"], json!([]));
    let found = secretary.post("/v1/persons/search", &search(Sample::CANDIDATE)).await.ok();
    assert_eq!(found["items"][0]["id"], json!(own));
}

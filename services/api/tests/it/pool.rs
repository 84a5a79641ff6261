//! The pool as one searches it: by name, pinyin, initials and number; filtered, sorted, in pages, and as .xlsx.

use std::collections::BTreeSet;
use std::io::Write as _;

use peiyu_domain::import::ImportKind;
use peiyu_testing::{House, Sample};
use peiyu_workbooks::{Limits, read_table};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::server::{Client, Server, project};

/// Everybody of a small university, and a branch's secretary, who accompanies one of the pool and talked with them
/// today.
pub async fn filled() -> (House, Server, Client) {
    let house = House::new().await;
    house.import(ImportKind::Organisation, "clean-1200").await;
    house.import(ImportKind::Roster, "clean-1200").await;
    let server = Server::start(&house).await;
    let candidate = house.person(Sample::CANDIDATE).await;
    let liaison = house.person(Sample::BRANCH_SECRETARY).await;
    let body = json!({ "liaison": liaison });
    server.operator().post(&format!("/v1/candidates/{candidate}/liaison"), &body).await.ok();
    let secretary = server.account(Sample::BRANCH_SECRETARY).await;
    let today = secretary.get("/v1/whoami").await.ok()["today"].clone();
    let talk = json!({ "held_on": today, "form": "single", "topics": ["思想状况"], "gist": "谈了近况。" });
    secretary.post(&format!("/v1/candidates/{candidate}/talks"), &talk).await.ok();
    project(&house).await;
    (house, server, secretary)
}

async fn found(client: &Client, body: &Value) -> Vec<Value> {
    client.post("/v1/pool/search", body).await.ok()["items"].as_array().unwrap().clone()
}

/// Every row of every page, `limit` at a time.
async fn every(client: &Client, body: &Value, limit: i64) -> Vec<Value> {
    let (mut rows, mut body) = (Vec::new(), body.clone());
    body["limit"] = json!(limit);
    loop {
        let page = client.post("/v1/pool/search", &body).await.ok();
        rows.extend(page["items"].as_array().unwrap().iter().cloned());
        match page.get("next_cursor") {
            Some(next) => body["cursor"] = next.clone(),
            None => return rows,
        }
    }
}

fn texts<'a>(rows: &'a [Value], field: &str) -> Vec<&'a str> {
    rows.iter().map(|row| row[field].as_str().unwrap_or_default()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_found_by_name_pinyin_initials_and_number_within_what_one_sees() {
    let (_house, server, secretary) = filled().await;
    let operator = server.operator();
    let one = found(&operator, &json!({ "filter": { "query": Sample::CANDIDATE } })).await;
    assert_eq!(texts(&one, "staff_number"), [Sample::CANDIDATE]);
    let (id, name) = (one[0]["id"].clone(), one[0]["name"].as_str().unwrap().to_owned());
    let spelt: (String, String) =
        sqlx::query_as("select pinyin, initials from views.persons where name = $1 limit 1")
            .bind(&name)
            .fetch_one(&server.pool)
            .await
            .unwrap();
    for query in [name.as_str(), &spelt.0, &spelt.1.to_uppercase(), &format!(" {name} ")] {
        let rows = every(&operator, &json!({ "filter": { "query": query } }), 200).await;
        assert!(rows.iter().any(|row| row["id"] == id), "{query} does not find {name}");
        assert!(rows.len() < 556, "{query} finds everybody");
    }
    assert!(found(&operator, &json!({ "filter": { "query": "%" } })).await.is_empty(), "a sign is a sign");
    // Whoever sees a part finds within it alone.
    let own = found(&secretary, &json!({ "filter": { "query": Sample::CANDIDATE } })).await;
    assert_eq!(own.len(), 1);
    let other = json!({ "filter": { "query": Sample::OTHER_CANDIDATE } });
    assert!(found(&secretary, &other).await.is_empty());
    assert_eq!(found(&operator, &other).await.len(), 1);
    let stranger = server.account(Sample::CANDIDATE).await;
    stranger.post("/v1/pool/search", &json!({})).await.is(403, "forbidden");
    stranger.post("/v1/pool/export", &json!({})).await.is(403, "forbidden");
    server.anonymous().post("/v1/pool/search", &json!({})).await.is(401, "not_signed_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_leaves_whom_it_names() {
    let (house, server, _) = filled().await;
    let operator = server.operator();
    let liaison = house.person(Sample::BRANCH_SECRETARY).await;
    let all = every(&operator, &json!({}), 200).await;
    assert_eq!(all.len(), 556);
    let of = async |filter: Value| every(&operator, &json!({ "filter": filter }), 200).await;
    let doctors = of(json!({ "category": "doctor" })).await;
    let is_doctor = |row: &&Value| row["categories"].as_array().unwrap().contains(&json!("doctor"));
    assert_eq!(doctors.len(), all.iter().filter(is_doctor).count());
    assert!(!doctors.is_empty() && doctors.len() < all.len());
    assert_eq!(texts(&of(json!({ "liaison": liaison })).await, "staff_number"), [Sample::CANDIDATE]);
    assert_eq!(texts(&of(json!({ "without_liaison": false })).await, "staff_number"), [Sample::CANDIDATE]);
    assert_eq!(of(json!({ "without_liaison": true })).await.len(), 555);
    assert_eq!(of(json!({ "never_talked": true })).await.len(), 555);
    let today = &all.iter().find(|row| row["last_talk"].is_string()).unwrap()["last_talk"];
    assert_eq!(
        of(json!({ "last_talk_before": today })).await.len(),
        555,
        "a talk of that day is not before it"
    );
    assert_eq!(of(json!({ "last_talk_before": "9999-01-01" })).await.len(), 556);
    for state in ["due", "overdue"] {
        let is_so =
            |row: &&Value| row["state"] == "overdue" || (state == "due" && row["state"] == "due_today");
        assert_eq!(of(json!({ "state": state })).await.len(), all.iter().filter(is_so).count(), "{state}");
    }
    let organisations = operator.get("/v1/organisations").await.ok();
    let school =
        organisations["items"].as_array().unwrap().iter().find(|one| one["unit"] == "临床医学院").unwrap();
    let below = of(json!({ "organisation": school["id"] })).await;
    assert!(!below.is_empty() && below.len() < all.len());
    assert!(below.iter().any(|row| row["staff_number"] == Sample::CANDIDATE));
    // Together they narrow; alone an unknown one is refused by name.
    assert!(of(json!({ "liaison": liaison, "without_liaison": true })).await.is_empty());
    let odd = operator.post("/v1/pool/search", &json!({ "filter": { "colour": "red" } })).await;
    odd.is(400, "field_unfit");
    assert!(odd.text.contains("colour"), "{}", odd.text);
    operator.post("/v1/pool/search", &json!({ "limit": 201 })).await.is(400, "parameter_unfit");
    operator.post("/v1/pool/search", &json!({ "cursor": "nonsense" })).await.is(400, "parameter_unfit");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_comes_page_by_page_without_loss_and_its_cursor_names_nobody() {
    let (_house, server, _) = filled().await;
    let operator = server.operator();
    for (sort, field) in [("name", ""), ("unit", "unit"), ("last_talk", "last_talk"), ("next_due", "due_on")]
    {
        for direction in ["asc", "desc"] {
            let body = json!({ "sort": sort, "direction": direction });
            let rows = every(&operator, &body, 139).await;
            let ids: BTreeSet<&str> = texts(&rows, "id").into_iter().collect();
            assert_eq!((rows.len(), ids.len()), (556, 556), "{sort} {direction}");
            let mut keys = texts(&rows, field);
            if direction == "desc" {
                keys.reverse();
            }
            // Everybody has something due; who was never talked with has the empty text, which is before all.
            assert!(keys.is_sorted(), "{sort} {direction}: {keys:?}");
        }
    }
    // 556 is 4 x 139: the last page was full, and said that it was the last.
    let page = operator.post("/v1/pool/search", &json!({ "limit": 10, "count": true })).await.ok();
    assert_eq!((&page["total"], &page["more_than_total"]), (&json!(556), &Value::Null));
    for (most, total, more) in [(555, 555, json!(true)), (556, 556, Value::Null)] {
        let counted =
            operator.post("/v1/pool/search", &json!({ "limit": 1, "count_up_to": most })).await.ok();
        assert_eq!((&counted["total"], &counted["more_than_total"]), (&json!(total), &more), "{most}");
    }
    operator.post("/v1/pool/search", &json!({ "count_up_to": 0 })).await.is(400, "field_unfit");
    let cursor = page["next_cursor"].as_str().unwrap();
    use base64::Engine as _;
    let cursor = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(cursor).unwrap();
    let cursor: Value = serde_json::from_slice(&cursor).unwrap();
    assert_eq!(cursor, json!({ "id": page["items"][9]["id"], "day": null }));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workbook_is_the_list_all_pages_in_the_order_and_columns_shown() {
    let (_house, server, secretary) = filled().await;
    let operator = server.operator();
    let question = json!({ "filter": { "without_liaison": true }, "sort": "unit", "direction": "desc" });
    let shown = every(&operator, &question, 200).await;
    let mut body = question.clone();
    body["columns"] = json!(["staff_number", "name", "unit", "due_on"]);
    let table = exported(&operator, &body).await;
    assert_eq!(table.headers, ["工号", "姓名", "所在单位", "期限"]);
    let cells: Vec<Vec<&str>> =
        table.rows.iter().map(|(_, row)| row.iter().map(String::as_str).collect()).collect();
    let expected: Vec<Vec<&str>> = shown
        .iter()
        .map(|row| {
            let text = |field: &str| row[field].as_str().unwrap_or_default();
            vec![text("staff_number"), text("name"), text("unit"), text("due_on")]
        })
        .collect();
    assert_eq!(cells, expected);
    let all = exported(&operator, &json!({ "filter": { "query": Sample::CANDIDATE } })).await;
    assert_eq!(all.headers.len(), 9);
    assert_eq!(all.rows.len(), 1);
    let twice = operator.post("/v1/pool/export", &json!({ "columns": ["name", "name"] })).await;
    twice.is(400, "field_unfit");
    // A liaison takes away what a liaison sees.
    let (seen, table) = (every(&secretary, &json!({}), 200).await, exported(&secretary, &json!({})).await);
    assert!(!seen.is_empty() && seen.len() < 556);
    assert_eq!(table.rows.len(), seen.len());
}

async fn exported(client: &Client, body: &Value) -> peiyu_workbooks::Table {
    let request = client.request(Method::POST, "/v1/pool/export").header("accept-language", "zh");
    let request = request.header("idempotency-key", Uuid::new_v4().to_string());
    let answer = request.json(body).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.headers()["content-disposition"].to_str().unwrap().contains(".xlsx"));
    read(&answer.bytes().await.unwrap())
}

/// An .xlsx as a table.
pub fn read(bytes: &[u8]) -> peiyu_workbooks::Table {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    read_table(file.path(), Limits::default()).unwrap()
}

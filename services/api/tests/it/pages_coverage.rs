//! 联系覆盖 in the browser and over HTTP: numbers add up, lists stand behind them, the proposal is applied row by row.

use peiyu_testing::{House, Sample};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::server::{Client, Reply, Server, filled, project, send};

const STANDINGS: [&str; 5] = ["talked", "due_soon", "overdue", "never", "nobody"];

/// Applies the first rows of the proposal.
pub async fn assign_some(house: &House, server: &Server, rows: usize) {
    let operator = server.operator();
    let proposal = operator.post("/v1/liaison/proposals", &json!({})).await.ok();
    let rows = proposal["assignments"].as_array().unwrap().iter().take(rows);
    let rows: Vec<Value> =
        rows.map(|row| json!({ "candidate": row["candidate"], "liaison": row["liaison"] })).collect();
    let applied = operator.post("/v1/liaison/proposals/apply", &json!({ "assignments": rows })).await.ok();
    assert_eq!(applied["refused"], json!([]));
    project(house).await;
}

fn adds_up(counts: &Value) {
    let sum: i64 = STANDINGS.iter().map(|standing| counts[*standing].as_i64().unwrap()).sum();
    assert_eq!(counts["pool"], sum, "{counts}");
}

fn people(matrix: &Value) -> usize {
    let of_leaders = matrix["leaders"].as_array().unwrap().iter();
    let with: usize = of_leaders.map(|leader| leader["people"].as_array().unwrap().len()).sum();
    with + matrix["nobody"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_matrix_adds_up_from_the_smallest_organisation_to_the_pool() {
    let (house, server) = filled().await;
    assign_some(&house, &server, 40).await;
    let operator = server.operator();
    let whole = operator.get("/v1/coverage/matrix").await.ok();
    let coverage = operator.get("/v1/coverage").await.ok();
    assert_eq!((&whole["totals"]["pool"], &whole["totals"]["never"]), (&coverage["pool"], &json!(40)));
    assert_eq!(
        whole["leaders_with_nobody"].as_array().unwrap().len(),
        coverage["leaders_with_nobody"].as_array().unwrap().len()
    );
    assert_eq!((people(&whole), &whole["left_off"]), (0, &json!(0)), "the university is counted, not listed");
    adds_up(&whole["totals"]);
    let mut pool = 0;
    let children = whole["children"].as_array().unwrap();
    assert!(children.len() > 2, "{children:?}");
    for child in children {
        adds_up(&child["counts"]);
        pool += child["counts"]["pool"].as_i64().unwrap();
        let Some(id) = child["id"].as_str() else { continue };
        let below = operator.get(&format!("/v1/coverage/matrix?organisation={id}")).await.ok();
        assert_eq!(below["totals"], child["counts"], "{child}");
        assert_eq!(below["path"].as_array().unwrap().len(), 2);
        assert_eq!(json!(people(&below)), child["counts"]["pool"], "everybody is listed once");
        let sum: i64 = below["children"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["counts"]["pool"].as_i64().unwrap())
            .sum();
        assert_eq!(child["counts"]["pool"], sum);
    }
    assert_eq!(whole["totals"]["pool"], pool);
    for standing in STANDINGS {
        let listed = operator.get(&format!("/v1/coverage/matrix?standing={standing}")).await.ok();
        assert_eq!(json!(people(&listed)), whole["totals"][standing], "{standing}");
    }
    let before = operator.get("/v1/coverage/matrix?as_of=2000-01-01").await.ok();
    assert_eq!((&before["totals"]["pool"], &before["children"]), (&json!(0), &json!([])));
    let unknown = format!("/v1/coverage/matrix?organisation={}", Uuid::new_v4());
    operator.get(&unknown).await.is(404, "not_found");
    operator.get("/v1/coverage/matrix?standing=asleep").await.is(400, "parameter_unfit");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secretary_counts_their_own_part_only() {
    let (house, server) = filled().await;
    let secretary = server.account(Sample::COMMITTEE_SECRETARY).await;
    let matrix = secretary.get("/v1/coverage/matrix").await.ok();
    let seen = secretary.get("/v1/coverage").await.ok();
    let all = server.operator().get("/v1/coverage").await.ok();
    assert_eq!(matrix["totals"]["pool"], seen["pool"]);
    assert!(seen["pool"].as_i64() < all["pool"].as_i64());
    let other = house.person(Sample::OTHER_CANDIDATE).await.to_string();
    for standing in STANDINGS {
        let listed = secretary.get(&format!("/v1/coverage/matrix?standing={standing}")).await;
        assert!(listed.status == 200 && !listed.text.contains(&other), "{standing}");
    }
}

/// Signs in as a browser does.
async fn browser(server: &Server, number: &str) -> (Client, String) {
    let login = json!({ "login": number, "password": server.open_account(number).await });
    let begun = server.anonymous().post("/v1/sessions", &login).await;
    let cookie = begun.header("set-cookie").split(';').next().unwrap().to_owned();
    (server.anonymous(), cookie)
}

async fn page(browser: &(Client, String), path: &str) -> Reply {
    send(browser.0.request(Method::GET, path).header("cookie", &browser.1).header("accept", "text/html"))
        .await
}

async fn sent(browser: &(Client, String), path: &str, form: &[(&str, String)]) -> Reply {
    send(browser.0.request(Method::POST, path).header("cookie", &browser.1).form(form)).await
}

/// Values of the fields of that name.
fn values<'a>(html: &'a str, before: &str) -> Vec<&'a str> {
    html.split(before).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_organisations_lists_and_holes_with_their_remedy() {
    let (house, server) = filled().await;
    assign_some(&house, &server, 40).await;
    let head = browser(&server, Sample::DEPARTMENT_HEAD).await;
    let whole = page(&head, "/coverage").await;
    assert_eq!(whole.status, StatusCode::OK, "{}", whole.text);
    for text in ["联系覆盖", "没有联系人", "从未谈话", "合计", "联系人分配建议", "standing=never"]
    {
        assert!(whole.text.contains(text), "{text}");
    }
    let below = values(&whole.text, "href=\"/coverage?organisation=");
    let unit = below.iter().find(|one| !one.contains("standing")).unwrap();
    let unit = page(&head, &format!("/coverage?organisation={unit}")).await;
    assert!(
        unit.text.contains("联系人与联系对象") && unit.text.contains("class=\"chip never\""),
        "{}",
        unit.text
    );
    assert!(unit.text.contains("/liaison\">指定联系人"), "a hole has its remedy");
    assert!(unit.text.contains("aria-current=\"page\""), "the way down is shown");
    let listed = page(&head, "/coverage?standing=never").await;
    assert!(listed.text.contains("40 人") && listed.text.contains("返回全部情况"), "{}", listed.text);
    let english = send(
        head.0.request(Method::GET, "/coverage").header("cookie", format!("{}; peiyu_language=en", head.1)),
    );
    assert!(english.await.text.contains("never talked"));
    let gaps = page(&head, "/coverage/gaps").await;
    assert!(gaps.text.contains("其中 516 段至今没有补上"), "{}", gaps.text);
    assert!(gaps.text.contains("未补上") && gaps.text.contains("指定联系人"), "{}", gaps.text);
    let early = page(&head, "/coverage?as_of=2000-01-01").await;
    assert!(early.text.contains("这一天信息库里没有人"));
    let unfit = page(&head, "/coverage?as_of=yesterday").await;
    assert_eq!(unfit.status, StatusCode::BAD_REQUEST);
    assert!(
        unfit.text.contains("day-fault") && unfit.text.contains("value=\"yesterday\""),
        "what was typed stays"
    );
    let no_day = page(&head, "/coverage?as_of=9999-99-99").await;
    assert!(no_day.text.contains("请填写日期") && no_day.text.contains("value=\"9999-99-99\""));
    assert!(!no_day.text.contains("deserialize") && !no_day.text.contains("as_of:"), "{}", no_day.text);
    for shown in [&whole, &unit, &listed, &gaps] {
        assert!(!shown.text.contains("style="), "an inline style");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_assign_sees_no_remedy_and_no_proposal() {
    let (_house, server) = filled().await;
    let secretary = browser(&server, Sample::BRANCH_SECRETARY).await;
    let shown = page(&secretary, "/coverage").await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(
        !shown.text.contains("/coverage/proposal") && !shown.text.contains("/liaison\""),
        "{}",
        shown.text
    );
    assert_eq!(page(&secretary, "/coverage/proposal").await.status, StatusCode::FORBIDDEN);
    let nobody = browser(&server, Sample::CANDIDATE).await;
    assert_eq!(page(&nobody, "/coverage").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_is_reviewed_row_by_row_and_what_is_refused_is_said_by_name() {
    let (house, server) = filled().await;
    let head = browser(&server, Sample::DEPARTMENT_HEAD).await;
    let review = page(&head, "/coverage/proposal").await;
    let rows = values(&review.text, "name=\"row\" value=\"");
    assert_eq!(rows.len(), 200, "two hundred at a time");
    let names = values(&review.text, "name=\"name\" value=\"");
    let selected: Vec<String> =
        values(&review.text, "<option value=\"").into_iter().map(str::to_owned).collect();
    let of = |row: &str| -> Vec<String> {
        selected.iter().filter(|value| value.starts_with(row)).cloned().collect()
    };
    let (first, second, third) = (of(rows[0]), of(rows[1]), of(rows[2]));
    assert!(first.len() > 1, "somebody else can be chosen: {first:?}");

    // A day that has not come is refused whole, and the review stays as it was made.
    let key = values(&review.text, "name=\"key\" value=\"")[0].to_owned();
    let form = |since: &str, picks: &[&str], key: &str| -> Vec<(&'static str, String)> {
        let mut form = vec![("key", key.to_owned()), ("since", since.to_owned())];
        for (row, name) in rows.iter().zip(&names).take(picks.len()) {
            form.extend([("row", (*row).to_owned()), ("name", (*name).to_owned())]);
        }
        form.extend(picks.iter().map(|pick| ("pick", (*pick).to_owned())));
        form
    };
    let unfit = sent(&head, "/coverage/proposal", &form("soon", &[&first[1], "", &third[0]], &key)).await;
    assert!(unfit.status.is_client_error(), "{}", unfit.status);
    assert!(
        unfit.text.contains(&format!("value=\"{}\" selected", first[1])),
        "the other leader stays chosen"
    );
    assert!(unfit.text.contains("value=\"soon\""));
    assert!(
        !unfit.text.contains(&format!("value=\"{}\" selected", second[0])),
        "what was left out stays left out"
    );

    // Two of them cannot be: nobody accompanies themselves, and somebody else assigned the third meanwhile.
    let oneself = format!("{} {}", rows[1], rows[1]);
    let leader = third[0].split(' ').nth(1).unwrap();
    let operator = server.operator();
    operator.post(&format!("/v1/candidates/{}/liaison", rows[2]), &json!({ "liaison": leader })).await.ok();
    project(&house).await;
    let leaders = operator.get("/v1/coverage/leaders").await.ok();
    let leaders = leaders["leaders"].as_array().unwrap();
    let other = third[1].split(' ').nth(1).unwrap();
    let other = leaders.iter().find(|one| one["id"] == other).unwrap()["name"].as_str().unwrap();
    let today = values(&review.text, "name=\"since\" type=\"date\" value=\"")[0].to_owned();
    let mixed = form(&today, &[&first[1], &oneself, &third[1]], &key);
    let told = sent(&head, "/coverage/proposal", &mixed).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told.text);
    assert!(told.text.contains("已指定 1 人") && told.text.contains("以下 2 人没有办成"), "{}", told.text);
    for (name, liaison) in [(names[1], names[1]), (names[2], other)] {
        assert!(told.text.contains(&format!(">{name}</a> → {liaison}：")), "{name} {liaison}: {}", told.text);
    }
    project(&house).await;
    assert_eq!(server.operator().get("/v1/coverage").await.ok()["covered"], 2);
    // Sent again by a second click, nothing more happens.
    sent(&head, "/coverage/proposal", &mixed).await;
    project(&house).await;
    assert_eq!(server.operator().get("/v1/coverage").await.ok()["covered"], 2);
    let liaison = first[1].split(' ').nth(1).unwrap();
    let pool = server.operator().get(&format!("/v1/pool?liaison={liaison}")).await.ok();
    assert_eq!(pool["items"][0]["id"], rows[0], "the leader chosen in review, not the one proposed");
}

//! 联系覆盖 taken away as .xlsx: what it says is what the page shows, with what was asked above it.

use std::collections::BTreeMap;
use std::io::Write;

use peiyu_testing::Sample;
use peiyu_workbooks::{Limits, Workbook};
use reqwest::Method;
use serde_json::{Value, json};

use crate::pages_coverage::assign_some;
use crate::server::{Client, filled};
use crate::visitor::Visitor;

/// Rows of each sheet by its name: the texts of its cells.
type Sheets = BTreeMap<String, Vec<Vec<String>>>;

fn read(bytes: &[u8]) -> Sheets {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let mut book = Workbook::open(file.path(), Limits::default()).unwrap();
    let names: Vec<String> = book.sheets().to_vec();
    let mut sheets = Sheets::new();
    for name in names {
        let rows = book.rows(&name).unwrap().map(|row| row.unwrap());
        let rows = rows.map(|row| row.cells.iter().map(|(_, cell)| cell.text()).collect()).collect();
        sheets.insert(name, rows);
    }
    sheets
}

async fn exported(client: &Client, query: &str) -> Sheets {
    let request = client.request(Method::GET, &format!("/v1/coverage/export{query}"));
    let answer = request.header("accept-language", "zh").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.headers()["content-disposition"].to_str().unwrap().contains("coverage.xlsx"));
    read(&answer.bytes().await.unwrap())
}

/// Rows behind the title row that begins so.
fn behind<'a>(sheet: &'a [Vec<String>], title: &str) -> &'a [Vec<String>] {
    let top = sheet.iter().position(|row| row.first().is_some_and(|cell| cell == title)).unwrap();
    &sheet[top + 1..]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workbook_of_coverage_is_the_matrix_the_people_and_the_gaps_with_what_was_asked_above() {
    let (house, server) = filled().await;
    assign_some(&house, &server, 40).await;
    let operator = server.operator();
    let whole = operator.get("/v1/coverage/matrix").await.ok();
    let sheets = exported(&operator, "").await;
    let names: Vec<&str> = sheets.keys().map(String::as_str).collect();
    assert_eq!(names, ["没有联系对象的责任人", "缺口", "联系覆盖"]);
    let counts = behind(&sheets["联系覆盖"], "组织");
    assert_eq!(counts.len(), whole["children"].as_array().unwrap().len() + 1);
    let total = counts.last().unwrap();
    let told = ["pool", "talked", "due_soon", "overdue", "never", "nobody", "never_past_due"];
    let told: Vec<String> = told.iter().map(|code| whole["totals"][*code].to_string()).collect();
    assert_eq!((total[0].as_str(), &total[1..]), ("合计", told.as_slice()));
    for (row, child) in counts.iter().zip(whole["children"].as_array().unwrap()) {
        assert_eq!(row[1], child["counts"]["pool"].to_string(), "{child}");
    }
    let gaps = operator.get("/v1/coverage/gaps").await.ok();
    let told = gaps["gaps"].as_array().unwrap();
    let written = behind(&sheets["缺口"], "姓名");
    assert_eq!(written.len(), told.len());
    let open = told.iter().filter(|gap| gap["is_open"] == true).count();
    assert_eq!(written.iter().filter(|row| row.last().unwrap() == "未补上").count(), open);
    assert_eq!(open, 516, "556 people, 40 of them assigned");
    let leaders = behind(&sheets["没有联系对象的责任人"], "姓名");
    assert_eq!(leaders.len(), whole["leaders_with_nobody"].as_array().unwrap().len());

    // One organisation, one standing, another day: each is said, and each narrows.
    let id = whole["children"][0]["id"].as_str().unwrap();
    let name = whole["children"][0]["name"].as_str().unwrap();
    let below = exported(&operator, &format!("?organisation={id}&standing=nobody")).await;
    let head: Vec<&str> = below["人员"].iter().take(3).map(|row| row[0].as_str()).collect();
    assert!(head[0].starts_with("截至：20"), "{head:?}");
    assert!(head[1].ends_with(&format!(" / {name}")) && head[2] == "联系情况：没有联系人", "{head:?}");
    let people = behind(&below["人员"], "姓名");
    assert_eq!(json!(people.len()), whole["children"][0]["counts"]["nobody"]);
    assert!(!below.contains_key("没有联系对象的责任人"));
    let narrowed = operator.get(&format!("/v1/coverage/gaps?organisation={id}")).await.ok();
    let narrowed = narrowed["gaps"].as_array().unwrap().len();
    assert!(narrowed > 0 && narrowed < told.len());
    assert_eq!(behind(&below["缺口"], "姓名").len(), narrowed);
    let early = exported(&operator, "?as_of=2000-01-01").await;
    assert_eq!(early["联系覆盖"][0], ["截至：2000-01-01"]);
    assert_eq!(behind(&early["缺口"], "姓名").len(), 0);
    let unknown = format!("/v1/coverage/export?organisation={}", uuid::Uuid::new_v4());
    operator.get(&unknown).await.is(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secretary_takes_away_their_own_part_and_finds_the_button_on_the_page() {
    let (house, server) = filled().await;
    assign_some(&house, &server, 10).await;
    let secretary = Visitor::of(&server, Sample::COMMITTEE_SECRETARY).await;
    let page = secretary.get("/coverage?standing=nobody").await;
    page.says(&["href=\"/coverage/export?standing=nobody\""]);
    let answer = secretary.request(Method::GET, "/coverage/export?standing=nobody").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.headers()["content-disposition"].to_str().unwrap().contains("coverage.xlsx"));
    let sheets = read(&answer.bytes().await.unwrap());
    let people = behind(&sheets["人员"], "姓名");
    assert!(!people.is_empty() && people.len() < 500);
    let told = |people: &[Vec<String>], number: &str| people.iter().any(|row| row[1] == number);
    assert!(
        !told(people, Sample::OTHER_CANDIDATE)
            && !told(behind(&sheets["缺口"], "姓名"), Sample::OTHER_CANDIDATE)
    );
    let english = secretary.english().request(Method::GET, "/coverage/export").send().await.unwrap();
    assert!(read(&english.bytes().await.unwrap()).contains_key("Coverage"));
    secretary.get("/coverage/gaps").await.says(&["href=\"/coverage/export\""]);
}

#[tokio::test(flavor = "multi_thread")]
async fn leaders_alone_are_those_of_the_whole_picture() {
    let (house, server) = filled().await;
    assign_some(&house, &server, 10).await;
    let operator = server.operator();
    let coverage = operator.get("/v1/coverage").await.ok();
    let leaders = operator.get("/v1/coverage/leaders").await.ok();
    assert_eq!(leaders["leaders"], coverage["loads"]);
    assert_eq!(leaders["as_of"], coverage["as_of"]);
    let loads: i64 =
        leaders["leaders"].as_array().unwrap().iter().map(|one: &Value| one["load"].as_i64().unwrap()).sum();
    assert_eq!(loads, 10);
}

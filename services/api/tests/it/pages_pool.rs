//! 信息库 as a page: searched without a name in any address, filtered, sorted, paged, taken away.

use peiyu_testing::Sample;
use reqwest::{Method, StatusCode};

use crate::pool::{filled, read};
use crate::visitor::{Page, Visitor};

/// The names of the rows, top to bottom.
fn names(page: &Page) -> Vec<&str> {
    let rows = page.text.split("<th scope=\"row\" class=\"name\">").skip(1);
    rows.map(|row| row.split_once("\">").unwrap().1.split_once('<').unwrap().0).collect()
}

/// Every address that the page leads or sends to.
fn addresses(page: &Page) -> Vec<&str> {
    let after = |attribute: &str| -> Vec<&str> {
        let pieces = page.text.split(attribute).skip(1);
        pieces.map(|piece| piece.split_once('"').unwrap().0).collect()
    };
    [after("href=\""), after("action=\"")].concat()
}

/// The address of the link with that text.
fn link(page: &Page, text: &str) -> String {
    let before = page.text.split(&format!(">{text}</a>")).next().unwrap();
    let tag = before.rsplit("<a ").next().unwrap();
    let address = tag.split_once("href=\"").unwrap().1.split_once('"').unwrap().0;
    address.replace("&#38;", "&").replace("&amp;", "&")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pool_is_filtered_sorted_and_paged_by_links() {
    let (_house, server, _) = filled().await;
    let head = Visitor::of(&server, Sample::DEPARTMENT_HEAD).await;
    let first = head.get("/pool").await;
    assert_eq!(first.status, StatusCode::OK);
    first.says(&["共 556 人", "data-row", "data-search", "id=\"search\"", "/people/", "导出 Excel"]);
    assert_eq!(names(&first).len(), 50);
    let second = head.get(&link(&first, "下一页")).await;
    assert_eq!(names(&second).len(), 50);
    assert_ne!(names(&second), names(&first));
    second.says(&["回到第一页"]);

    let without = head.get(&link(&first, "没有联系人")).await;
    without.says(&["共 555 人", "aria-current=\"page\">没有联系人"]);
    let sorted = link(&without, "所在单位");
    assert!(
        sorted.contains("liaison=none") && sorted.contains("sort=unit"),
        "a filter outlives sorting: {sorted}"
    );
    let sorted = head.get(&sorted).await;
    sorted.says(&["aria-sort=\"ascending\"", "共 555 人"]);
    let talked = head.get("/pool?columns=unit&columns=last_talk&sort=-last_talk").await;
    talked.says(&["aria-sort=\"descending\"", "columns=unit"]);
    assert!(!talked.text.contains("<th scope=\"col\">下一事项"), "a column that was not chosen");

    let nobody = head.get("/pool?liaison=none&before=2000-01-01&category=doctor&state=due&never=1").await;
    assert_eq!(nobody.status, StatusCode::OK);
    let odd = head.get("/pool?before=yesterday").await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
    odd.says(&["role=\"alert\"", "value=\"yesterday\""]);
    head.english().get("/pool").await.says(&["556 people", "Next page"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_sent_and_no_address_of_the_page_names_anybody() {
    let (_house, server, _) = filled().await;
    let head = Visitor::of(&server, Sample::DEPARTMENT_HEAD).await;
    let found = head.post("/pool", &[("search", Sample::CANDIDATE)]).await;
    found.says(&["共 1 人", Sample::CANDIDATE]);
    let name = names(&found)[0].to_owned();
    let surname: String = name.chars().take(1).collect();
    let many = head.post("/pool", &[("search", &surname), ("liaison", "none"), ("sort", "-unit")]).await;
    assert!(names(&many).len() > 1, "{surname}");
    many.says(&["form=\"sorted\"", "aria-sort=\"descending\""]);
    assert_eq!(many.field("search"), surname, "what was typed stands there again");
    for address in addresses(&many).into_iter().chain(addresses(&found)) {
        assert!(address.is_ascii() && !address.contains("search="), "{address}");
        assert!(!address.contains(Sample::CANDIDATE), "{address}");
    }
    // A name in an address is not looked for.
    head.get(&format!("/pool?search={}", Sample::CANDIDATE)).await.says(&["共 556 人"]);
    let none = head.post("/pool", &[("search", "没有这个人")]).await;
    none.says(&["没有符合条件的人员", "value=\"没有这个人\""]);
    assert!(names(&none).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_liaison_finds_within_their_part_and_who_has_no_right_gets_no_list() {
    let (_house, server, _) = filled().await;
    let all = Visitor::of(&server, Sample::DEPARTMENT_HEAD).await.get("/pool").await;
    // The committee's secretary sees one unit.
    let secretary = Visitor::of(&server, Sample::COMMITTEE_SECRETARY).await;
    let own = secretary.get("/pool").await;
    assert_eq!(own.status, StatusCode::OK);
    assert!(!own.text.contains("共 556 人") && all.text.contains("共 556 人"));
    secretary.post("/pool", &[("search", Sample::CANDIDATE)]).await.says(&["共 1 人"]);
    secretary.post("/pool", &[("search", Sample::OTHER_CANDIDATE)]).await.says(&["没有符合条件的人员"]);
    let candidate = Visitor::of(&server, Sample::CANDIDATE).await;
    let refused = candidate.get("/pool").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(!candidate.get("/todo").await.text.contains("href=\"/pool\""), "no way leads there");
    assert_eq!(candidate.post("/pool/export", &[]).await.status, StatusCode::FORBIDDEN);
    let out = Visitor::stranger(&server).get("/pool").await;
    assert_eq!((out.status, out.location()), (StatusCode::SEE_OTHER, "/sign-in?to=/pool"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workbook_holds_what_the_page_shows() {
    let (_house, server, _) = filled().await;
    let head = Visitor::of(&server, Sample::DEPARTMENT_HEAD).await;
    let fields = [
        ("search", "2000"),
        ("liaison", "none"),
        ("sort", "-unit"),
        ("columns", "unit"),
        ("columns", "state"),
    ];
    let page = head.post("/pool", &fields).await;
    let request = head.request(Method::POST, "/pool/export").header("sec-fetch-site", "same-origin");
    let answer = request.form(&fields).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.headers()["content-disposition"].to_str().unwrap().contains("pool.xlsx"));
    let table = read(&answer.bytes().await.unwrap());
    assert_eq!(table.headers, ["姓名", "所在单位", "状态"]);
    page.says(&[&format!("共 {} 人", table.rows.len())]);
    let taken: Vec<&str> = table.rows.iter().map(|(_, row)| row[0].as_str()).collect();
    let shown = names(&page);
    assert!(!shown.is_empty());
    assert_eq!(taken[..shown.len()], shown[..]);
}

//! 导入 in the browser: a file is chosen, checked, confirmed; each fault stands beside the field.

use peiyu_domain::import::ImportKind;
use peiyu_servers::testing::eventually;
use peiyu_testing::{House, Sample, sample};
use uuid::Uuid;

use crate::server::Server;
use crate::visitor::{Page, Visitor};

/// Head of the department in the messy set.
const MESSY_HEAD: &str = "2007903";

fn file(name: &str) -> Vec<u8> {
    std::fs::read(sample(name)).unwrap()
}

/// The page of a run, once the run has ended.
async fn ended(browser: &Visitor, path: &str) -> Page {
    eventually("the run ends", || async { !browser.get(path).await.text.contains("every 1s") }).await;
    browser.get(path).await
}

fn upload_address(page: &Page) -> String {
    let (_, rest) = page.text.split_once("method=\"post\" action=\"/imports?").unwrap();
    format!("/imports?{}", rest.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roster_is_checked_confirmed_without_its_file_and_reported() {
    let house = House::new().await;
    house.import(ImportKind::Organisation, "messy-1500").await;
    let server = Server::start(&house).await;
    crate::server::project(&house).await;
    let browser = Visitor::of(&server, MESSY_HEAD).await;
    let start = browser.get("/imports").await;
    start.says(&["还没有导入过"]);
    start.says(&["kind=roster\" aria-current=\"true\""]);
    let address = upload_address(&start);
    let sent = browser.upload(&address, file("roster-messy-1500.xlsx")).await;
    assert_eq!(sent.status.as_u16(), 303, "{}", sent.text);
    let again = browser.upload(&address, file("roster-messy-1500.xlsx")).await;
    assert_eq!(again.location(), sent.location(), "sent twice, checked once");
    let other = browser.upload(&address, file("roster-clean-1200.xlsx")).await;
    assert_eq!(other.status.as_u16(), 422);
    other.says(&["请重新选择文件"]);

    let checked = ended(&browser, sent.location()).await;
    for text in ["导入后会怎样", "退回的行", "列的对应", "例如", "确认导入"] {
        checked.says(&[text]);
    }
    let confirm = format!("{}/confirm", sent.location());
    let confirmed = browser.post(&confirm, &[("key", checked.field("key"))]).await;
    assert_eq!(confirmed.status.as_u16(), 303, "{}", confirmed.text);
    assert_ne!(confirmed.location(), sent.location());
    let twice = browser.post(&confirm, &[("key", &Uuid::new_v4().to_string())]).await;
    assert_eq!(twice.location(), confirmed.location(), "nothing happens twice");
    let report = ended(&browser, confirmed.location()).await;
    for text in ["导入结果", "/rejects\" download", "导入改好的文件"] {
        report.says(&[text]);
    }
    browser.get(sent.location()).await.says(&["已确认导入"]);
    let list = browser.get("/imports").await;
    list.says(&["已核对并导入"]);
    list.says(&["已导入"]);
    let bad = browser.get(&format!("/imports/{}", Uuid::new_v4())).await;
    assert_eq!(bad.status.as_u16(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_file_is_said_beside_the_field() {
    let house = House::new().await;
    let server = Server::start(&house).await;
    // Somebody may sign in although the tree is not in the read models.
    house.import(ImportKind::Organisation, "clean-1200").await;
    crate::server::project(&house).await;
    let browser = Visitor::of(&server, Sample::DEPARTMENT_HEAD).await;
    let sent = |kind: &'static str, file: Vec<u8>| {
        let browser = &browser;
        async move {
            let path = format!("/imports?kind={kind}&key={}", Uuid::new_v4());
            let sent = browser.upload(&path, file).await;
            assert_eq!(sent.status.as_u16(), 303, "{}", sent.text);
            ended(browser, sent.location()).await
        }
    };
    for (kind, bytes, text) in [
        ("roster", b"%PDF-1.7 no workbook".to_vec(), "PDF"),
        ("roster", Vec::new(), "空"),
        ("talks", file("roster-clean-1200.xlsx"), "谈话"),
    ] {
        let seen = sent(kind, bytes).await;
        seen.says(&["aria-invalid=\"true\""]);
        seen.says(&["class=\"field-fault\""]);
        seen.says(&[text]);
        assert!(!seen.text.contains("确认导入"), "{}", seen.text);
    }
    let nothing = browser.post("/imports?kind=roster", &[]).await;
    assert_eq!(nothing.status.as_u16(), 400);
    nothing.says(&["没有收到文件"]);
    // Too large for what lies in sockets: answered before it was read, the sender would see a broken connection.
    let kindless = browser.upload("/imports", vec![0; 20 * 1024 * 1024]).await;
    assert_eq!(kindless.status.as_u16(), 400);
    kindless.says(&["请先选择文件的种类"]);
    let large = browser.upload("/imports?kind=roster", vec![0; 65 * 1024 * 1024]).await;
    assert_eq!(large.status.as_u16(), 413, "{}", large.text);
    large.says(&["文件超过 64 MB"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_import_finds_no_way_to_it() {
    let house = House::new().await;
    house.import(ImportKind::Organisation, "clean-1200").await;
    let server = Server::start(&house).await;
    crate::server::project(&house).await;
    let browser = Visitor::of(&server, Sample::BRANCH_SECRETARY).await;
    assert!(!browser.get("/todo").await.text.contains("href=\"/imports\""));
    assert_eq!(browser.get("/imports").await.status.as_u16(), 403);
    assert_eq!(browser.upload("/imports?kind=roster", b"x".to_vec()).await.status.as_u16(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_mapped_by_hand_beside_their_examples_and_the_file_is_checked_again() {
    let house = House::new().await;
    house.import(ImportKind::Organisation, "clean-1200").await;
    let server = Server::start(&house).await;
    crate::server::project(&house).await;
    let browser = Visitor::of(&server, Sample::DEPARTMENT_HEAD).await;
    let headers = ["人员代号", "姓名", "所在单位", "等级"];
    let row = [Sample::CANDIDATE, "王秀英", "临床医学院", "教授"].map(str::to_owned).to_vec();
    let odd = peiyu_workbooks::write_table("教职工名册", &headers, [row]).unwrap();
    let sent = browser.upload(&format!("/imports?kind=roster&key={}", Uuid::new_v4()), odd).await;
    let failed = ended(&browser, sent.location()).await;
    failed.says(&[
        "缺少",
        "列的对应",
        "人员代号",
        Sample::CANDIDATE,
        "<option value=\"staff_number\">工号 *",
    ]);
    failed.says(&["<option value=\"unit\" selected>"]);

    let path = format!("{}/columns", sent.location());
    let key = Uuid::new_v4().to_string();
    let form = |number: &'static str| {
        let titles = headers.map(|title| ("title", title));
        let fields = [number, "name", "unit", "title"].map(|field| ("field", field));
        let pairs = titles.into_iter().zip(fields).flat_map(|(title, field)| [title, field]);
        pairs.collect::<Vec<(&str, &str)>>()
    };
    let odd = browser.post(&path, &form("no_such_field")).await;
    assert_eq!(odd.status.as_u16(), 400);
    odd.says(&["no_such_field", "列的对应", "<option value=\"title\" selected>"]);
    let with_key = [vec![("key", key.as_str())], form("staff_number")].concat();
    let again = browser.post(&path, &with_key).await;
    assert_eq!(again.status.as_u16(), 303, "{}", again.text);
    assert_eq!(browser.post(&path, &with_key).await.location(), again.location(), "sent twice, checked once");
    let checked = ended(&browser, again.location()).await;
    checked.says(&["导入后会怎样", "确认导入", "<option value=\"staff_number\" selected>"]);
    let english = browser.english().get(again.location()).await;
    english.says(&["Check again with these columns", "staff number *"]);
    let confirm = format!("{}/confirm", again.location());
    let confirmed = browser.post(&confirm, &[("key", checked.field("key"))]).await;
    let report = ended(&browser, confirmed.location()).await;
    report.says(&["导入结果"]);
    assert!(!report.text.contains("<select"), "what was taken in is not mapped any more");
    assert!(!browser.get(again.location()).await.text.contains("<select"));
}

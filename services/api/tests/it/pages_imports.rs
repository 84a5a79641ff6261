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

//! 信函用语 in the browser and in the interface: worded, seen before it is kept, restored, and who did so when.

use peiyu_testing::Sample;
use serde_json::{Value, json};

use crate::pages_operations::{left, seen};
use crate::pages_reminders::overdue;
use crate::server::{Client, filled};
use crate::visitor::{Page, Visitor};

const PAGE: &str = "/reminders/templates";
const PREVIEW: &str = "/reminders/templates/preview";

fn own(subject: &str) -> Value {
    json!({ "subject": subject, "opening": "{姓名}同志：", "closing": "请到 {链接} 办理。\n组织部" })
}

async fn set(client: &Client, texts: &Value, version: i64) -> crate::server::Reply {
    client.post_if("/v1/reminders/templates/zh", texts, version).await
}

/// The Chinese words in force.
async fn standing(client: &Client) -> Value {
    client.get("/v1/reminders/templates").await.ok()["items"][0].clone()
}

/// The form of a page as a browser would send it, with other texts.
fn form<'a>(page: &'a Page, subject: &'a str, opening: &'a str, closing: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("language", "zh"),
        ("key", page.field("key")),
        ("seen", page.field("seen")),
        ("subject", subject),
        ("opening", opening),
        ("closing", closing),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_set_on_what_was_seen_restored_and_every_change_is_on_record() {
    let (_house, server) = filled().await;
    let head = server.account(Sample::DEPARTMENT_HEAD).await;
    let shipped = standing(&head).await;
    assert_eq!(
        (&shipped["language"], &shipped["version"], &shipped["in_use"]),
        (&json!("zh"), &json!(0), &json!(true))
    );
    assert_eq!((&shipped["is_shipped"], &shipped["texts"]), (&json!(true), &shipped["shipped"]));
    assert_eq!(
        shipped["placeholders"][0],
        json!({ "code": "name", "written": "{姓名}", "required_in": "opening" })
    );

    head.post("/v1/reminders/templates/zh", &own("请办理")).await.is(428, "if_match_required");
    let done = set(&head, &own("请办理 {事项数} 项"), 0).await.ok();
    assert_eq!(done["version"], 1);
    set(&head, &own("另一种"), 0).await.is(412, "version_stale");
    let again = set(&head, &own("请办理 {事项数} 项"), 1).await.ok();
    assert!(again["version"] == 1 && again["event"].is_null(), "the same words change nothing: {again}");
    let restored = head.post_if("/v1/reminders/templates/zh/restore", &json!({}), 1).await.ok();
    assert_eq!(restored["version"], 2);
    assert_eq!(standing(&head).await["texts"], shipped["texts"]);

    let changes = server.operator().get("/v1/reminders/templates/zh/changes").await.ok();
    let told: Vec<_> = changes["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| (change["version"].as_i64().unwrap(), change["event_type"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [(2, "LetterWordingRestored"), (1, "LetterWordingSet")]);
    let set = &changes["items"][1];
    assert_eq!(set["texts"]["subject"], "请办理 {事项数} 项");
    assert!(set["actor_name"].is_string() && set["recorded_at"].is_string(), "{set}");
    assert_eq!(head.get("/v1/reminders/templates/en/changes").await.ok()["items"], json!([]));
    head.get("/v1/reminders/templates/fr/changes").await.is(400, "parameter_unfit");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused_by_field_whether_kept_or_previewed() {
    let (_house, server) = filled().await;
    let head = server.account(Sample::DEPARTMENT_HEAD).await;
    let with = |field: &str, text: &str| {
        let mut texts = own("请办理");
        texts[field] = json!(text);
        texts
    };
    for (texts, code, fault) in [
        (
            with("subject", "{工号}"),
            "letter_placeholder_unknown",
            json!({ "field": "subject", "placeholder": "工号" }),
        ),
        (
            with("opening", "您好"),
            "letter_placeholder_missing",
            json!({ "field": "opening", "placeholder": "name" }),
        ),
        (with("closing", "{链接"), "letter_brace_alone", json!({ "field": "closing" })),
        (
            with("subject", "待办\r\nBcc: a@example.edu"),
            "letter_text_unfit",
            json!({ "field": "subject", "fault": "line_break" }),
        ),
        (
            with("closing", "{链接}\u{0}"),
            "letter_text_unfit",
            json!({ "field": "closing", "fault": "control" }),
        ),
    ] {
        for reply in
            [set(&head, &texts, 0).await, head.post("/v1/reminders/templates/zh/preview", &texts).await]
        {
            reply.is(422, code);
            assert_eq!(reply.body["facts"], fault);
        }
    }
    assert_eq!(standing(&head).await["version"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_previewed_for_an_invented_reader_and_the_next_real_one_and_nothing_is_kept() {
    let (house, server, _, _) = overdue().await;
    house.set_clock("2027-01-08T02:00:00Z");
    let operator = server.operator();
    let path = "/v1/reminders/templates/zh/preview";
    let drafted = operator.post(path, &own("{校党委}：{事项数} 项")).await.ok();
    assert_eq!(drafted["day"], "2027-01-11", "letters go out on working days");
    for who in ["invented", "addressed"] {
        let letter = &drafted[who];
        let (name, text) = (letter["addressee_name"].as_str().unwrap(), letter["text"].as_str().unwrap());
        assert!(text.starts_with(&format!("{name}同志：")) && text.ends_with("办理。\n组织部"), "{text}");
        assert!(letter["subject"].as_str().unwrap().ends_with(" 项") && !text.contains('{'), "{letter}");
    }
    assert_eq!(drafted["invented"]["addressee_name"], "示例读者");
    assert_eq!(standing(&operator).await["version"], 0, "a preview keeps nothing");
    let previewed = operator.get("/v1/reminders/preview?on=2027-01-11").await.ok();
    let first = &previewed["items"][0];
    assert_eq!(drafted["addressed"]["addressee_name"], first["addressee_name"], "the notifier's plan");

    // Saved, the preview of the real letter says the same.
    set(&operator, &own("{校党委}：{事项数} 项"), 0).await.ok();
    let path = format!("/v1/reminders/preview/{}?on=2027-01-11", first["addressee"].as_str().unwrap());
    let letter = operator.get(&path).await.ok();
    for part in ["subject", "text", "html"] {
        assert_eq!(letter[part], drafted["addressed"][part], "{part}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_shows_nobody_outside_ones_part_of_the_tree() {
    let (house, server, _, _) = overdue().await;
    house.set_clock("2027-01-08T02:00:00Z");
    let secretary = server.account(Sample::BRANCH_SECRETARY).await;
    let drafted = secretary.post("/v1/reminders/templates/zh/preview", &own("请办理")).await.ok();
    let own_list = secretary.get("/v1/reminders/preview?on=2027-01-11").await.ok();
    let names: Vec<&Value> =
        own_list["items"].as_array().unwrap().iter().map(|item| &item["addressee_name"]).collect();
    let addressed = &drafted["addressed"];
    assert!(names.contains(&&addressed["addressee_name"]), "{addressed} {names:?}");
    let all = server.operator().post("/v1/reminders/templates/zh/preview", &own("请办理")).await.ok();
    assert_ne!(all["addressed"], *addressed, "the first of the university is not the secretary's to see");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_opens_the_page_makes_no_plan_and_sees_the_invented_letter() {
    let (house, server, _, _) = overdue().await;
    house.set_clock("2027-01-08T02:00:00Z");
    let path = "/v1/reminders/templates/zh/preview?addressed=false";
    let drafted = server.operator().post(path, &own("请办理")).await.ok();
    assert_eq!((&drafted["day"], &drafted["addressed"]), (&json!("2027-01-11"), &Value::Null));
    let browser = Visitor::of(&server, Sample::DEPARTMENT_HEAD).await;
    let page = browser.get(PAGE).await;
    page.says(&["示例读者"]);
    assert!(!page.text.contains("的第一封"), "a real letter needs a plan");
    let previewed = browser.post(PREVIEW, &form(&page, "请办理", "{姓名}同志：", "请到 {链接} 办理。")).await;
    previewed.says(&["示例读者", "的第一封"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_previews_saves_shows_who_changed_what_and_restores_by_one_click() {
    let (_house, server, _, _) = overdue().await;
    let browser = Visitor::of(&server, Sample::DEPARTMENT_HEAD).await;
    let page = browser.get(PAGE).await;
    page.says(&["系统自带用语", "没有改过", "{逾期提示}", "示例读者", "必须写在"]);
    assert!(!page.text.contains("/reminders/templates/restore"), "nothing is there to restore");

    let (subject, opening, closing) = ("请办理", "{姓名}同志：<i>", "请点{链接}。\r\n\r\n组织部");
    let previewed = browser.post(PREVIEW, &form(&page, subject, opening, closing)).await;
    previewed.says(&[
        "示例读者同志：&#60;i&#62;",
        "只是预览，没有发出",
        "{姓名}同志：&#60;i&#62;</textarea>",
    ]);
    assert_eq!((previewed.status.as_u16(), previewed.field("subject")), (200, subject));
    assert!(previewed.text.contains("没有改过"), "a preview keeps nothing");

    let (status, to) = left(&browser, PAGE, &form(&previewed, subject, opening, closing)).await;
    assert!(
        status == 303 && to.starts_with("/reminders/templates?after=") && to.ends_with("&language=zh"),
        "{to}"
    );
    let saved = browser.get(&to).await;
    saved.says(&[
        "已保存，从下一封邮件起使用",
        "本校用语",
        "修改信函用语（主题、开头、结尾）",
        "from=1",
        "/reminders/templates/restore",
    ]);
    assert_eq!(saved.field("seen"), "1");
    let again = browser.post(PAGE, &form(&previewed, subject, opening, closing)).await;
    assert_eq!(again.location(), to, "the same form sent twice does it once");
    let other = browser.post(PAGE, &form(&previewed, "另一个主题", opening, closing)).await;
    assert_eq!((other.status.as_u16(), other.field("subject")), (422, "另一个主题"));
    other.says(&["这张表单已经保存过了"]);
    assert!(!other.text.contains("Idempotency-Key"), "pages speak to people: {}", other.text);

    let (_, restoring) = saved.text.split_once("/reminders/templates/restore").unwrap();
    let key = restoring.split("name=\"key\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_ne!(key, saved.field("key"), "to restore is another command than to save");
    let restore = [("language", "zh"), ("key", key), ("seen", "1")];
    let (status, to) = left(&browser, "/reminders/templates/restore", &restore).await;
    assert_eq!(status, 303, "{to}");
    browser.get(&to).await.says(&["恢复系统自带信函用语", "系统自带用语"]);
    let from = browser.get("/reminders/templates?language=zh&from=1").await;
    assert_eq!((from.field("subject"), from.field("seen")), (subject, "2"), "an earlier wording is a draft");

    let english = browser.english().get("/reminders/templates?language=en").await;
    english.says(&[
        "Example Reader",
        "[Peiyu] To do today",
        "Mails go out in the other language",
        "{overdue_note}",
    ]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_stands_beside_its_field_and_nothing_typed_is_lost() {
    let (_house, server) = filled().await;
    let browser = Visitor::of(&server, Sample::DEPARTMENT_HEAD).await;
    let page = browser.get(PAGE).await;
    let typed = form(&page, "请{工号}办理", "{姓名}，我写的开头", "我写的结尾 {链接}");
    for path in [PAGE, PREVIEW] {
        let refused = browser.post(path, &typed).await;
        assert_eq!(refused.status.as_u16(), 422, "{path}");
        refused.says(&["id=\"fault-subject\"", "“主题”里的“工号”不是占位符", "我写的开头", "我写的结尾"]);
        assert_eq!(refused.field("subject"), "请{工号}办理", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_saves_on_what_is_stale_sees_what_changed_meanwhile_and_keeps_what_was_typed() {
    let (_house, server) = filled().await;
    let browser = Visitor::of(&server, Sample::DEPARTMENT_HEAD).await;
    let page = browser.get(PAGE).await;
    let shipped = standing(&server.operator()).await["shipped"].clone();
    let (opening, closing) = (shipped["opening"].as_str().unwrap(), "别人写的结尾 {链接}");
    let others = json!({ "subject": shipped["subject"], "opening": opening, "closing": closing });
    set(&server.operator(), &others, 0).await.ok();
    let untouched = shipped["closing"].as_str().unwrap();
    let stale = browser.post(PAGE, &form(&page, "我写的主题", opening, untouched)).await;
    assert_eq!(stale.status.as_u16(), 412);
    stale.says(&["id=\"meanwhile\"", "系统管理员：修改信函用语（结尾）", closing]);
    assert_eq!((stale.field("subject"), stale.field("seen")), ("我写的主题", "1"));
    let (status, to) = left(&browser, PAGE, &form(&stale, "我写的主题", opening, closing)).await;
    assert_eq!(status, 303, "{to}");
    assert_eq!(standing(&server.operator()).await["texts"]["closing"], closing);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_word_letters_reads_the_words_and_finds_no_form() {
    let (_house, server) = filled().await;
    let browser = Visitor::of(&server, Sample::BRANCH_SECRETARY).await;
    let (status, page) = seen(&browser, PAGE).await;
    assert!(status == 200 && page.contains("用语由组织部部长修改") && page.contains("示例读者"), "{page}");
    assert!(!page.contains("name=\"subject\"") && !page.contains("templates/restore"), "{page}");
    let typed =
        [("language", "zh"), ("seen", "0"), ("subject", "x"), ("opening", "{姓名}"), ("closing", "{链接}")];
    assert_eq!(left(&browser, PAGE, &typed).await.0, 403);
}

//! The dossier in a browser: its story, corrections with a merge, liaisons, and what each may do.

use peiyu_domain::import::ImportKind;
use peiyu_testing::{House, Sample};
use reqwest::StatusCode;
use serde_json::json;

use crate::server::{Server, project};
use crate::visitor::Visitor;

/// An invented university, with the committee's secretary as liaison of a candidate and one talk on record.
struct Scene {
    house: House,
    server: Server,
    candidate: String,
    liaison: Visitor,
}

impl Scene {
    async fn new() -> Self {
        let house = House::new().await;
        house.import(ImportKind::Organisation, "clean-1200").await;
        house.import(ImportKind::Roster, "clean-1200").await;
        let server = Server::start(&house).await;
        project(&house).await;
        let me = house.person(Sample::COMMITTEE_SECRETARY).await;
        let candidate = house.person(Sample::CANDIDATE).await.to_string();
        let assign = json!({ "liaison": me, "since": "2026-11-16" });
        server.operator().post(&format!("/v1/candidates/{candidate}/liaison"), &assign).await.ok();
        project(&house).await;
        let liaison = Visitor::of(&server, Sample::COMMITTEE_SECRETARY).await;
        let path = format!("/people/{candidate}/talks/new");
        let talk = [
            ("held_on", "2026-11-20"),
            ("form", "single"),
            ("topics", "思想状况"),
            ("gist", "谈了近况。<script>alert(1)</script> 😀"),
            ("place", "办公室"),
        ];
        let recorded = liaison.post(&path, &talk).await;
        assert_eq!(recorded.status, StatusCode::SEE_OTHER, "{}", recorded.text);
        project(&house).await;
        Self { house, server, candidate, liaison }
    }

    fn path(&self, rest: &str) -> String {
        format!("/people/{}{rest}", self.candidate)
    }
}

/// The fields of the correction form, as it shows the talk.
fn talk<'a>(seen: &'a str, gist: &'a str, place: &'a str, reason: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("seen", seen),
        ("held_on", "2026-11-20"),
        ("form", "single"),
        ("topics", "思想状况"),
        ("gist", gist),
        ("place", place),
        ("reason", reason),
    ]
}

const GIST: &str = "谈了近况。<script>alert(1)</script> 😀";

#[tokio::test(flavor = "multi_thread")]
async fn the_api_gives_head_gaps_and_names_with_a_dossier() {
    let scene = Scene::new().await;
    let me = scene.house.person(Sample::COMMITTEE_SECRETARY).await.to_string();
    let dossier = scene.server.operator().get(&format!("/v1/dossiers/{}", scene.candidate)).await.ok();
    let head = &dossier["head"];
    assert_eq!(head["staff_number"], Sample::CANDIDATE);
    assert_eq!((&head["liaison"]["person"], &head["liaison"]["since"]), (&json!(me), &json!("2026-11-16")));
    assert_eq!((&head["talks"], &head["last_talk_on"]), (&json!(1), &json!("2026-11-20")));
    assert_eq!(head["duties"][0]["kind"], "next_talk");
    assert!(head["duties"][0]["due_on"].as_str() > Some("2026-11-24"), "{head}");
    for id in [&head["liaison"]["person"], &head["liaison"]["organisation"], &json!(scene.candidate)] {
        assert!(dossier["names"][id.as_str().unwrap()].is_string(), "{id} has no name");
    }
    // In the pool since the roster came on 24 November: the assignment begins before it, so there is no gap.
    assert_eq!(dossier["gaps"], json!([]));
    let alone = scene.house.person(Sample::OTHER_CANDIDATE).await;
    let alone = scene.server.operator().get(&format!("/v1/dossiers/{alone}")).await.ok();
    assert_eq!(alone["head"]["liaison"], json!(null));
    let gap = &alone["gaps"][0];
    assert_eq!((&gap["to"], &gap["open"]), (&json!("2026-11-24"), &json!(true)), "{alone}");
    assert!(gap["days"].as_u64() >= Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dossier_tells_its_story_and_typed_text_is_never_markup() {
    let scene = Scene::new().await;
    let page = scene.liaison.get(&scene.path("")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    page.says(&["次谈话（个别谈话）", "纳入信息库。", "为党内联系人。", "2026年11月", "2026年11月24日记录"]);
    page.says(&["记录谈话", "更换或结束联系", "/talks/1", "😀", "定期谈话"]);
    assert!(!page.text.contains("<script>alert"), "typed text is never markup");
    assert!(
        !page.text.contains(&format!("{}/correct\"", scene.candidate)),
        "a secretary corrects no records"
    );
    let other = scene.house.person(Sample::OTHER_CANDIDATE).await;
    assert_eq!(scene.liaison.get(&format!("/people/{other}")).await.status, StatusCode::NOT_FOUND);
    let alone = Visitor::of(&scene.server, Sample::DEPARTMENT_HEAD).await;
    alone.get(&format!("/people/{other}")).await.says(&["无联系人", "指定联系人", "更正信息"]);

    let record = scene.liaison.get(&scene.path("/talks/1")).await;
    record.says(&["谈心谈话记录", "记录人/时间", "签名", "办公室", "talks/1/correct"]);
    assert_eq!(scene.liaison.get(&scene.path("/talks/9")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_stands_beside_the_talk_and_a_stale_one_shows_what_changed_and_merges() {
    let scene = Scene::new().await;
    let path = scene.path("/talks/1/correct");
    let form = scene.liaison.get(&path).await;
    let seen = form.field("seen").to_owned();
    assert_eq!(form.field("place"), "办公室");

    let mut sent = talk(&seen, GIST, "会议室", "");
    let without = scene.liaison.post(&path, &sent).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    without.says(&["id=\"fault-reason\"", "value=\"会议室\""]);
    let emptied = scene.liaison.post(&path, &talk(&seen, GIST, "", "无地点")).await;
    emptied.says(&["id=\"fault-place\""]);

    // Somebody of the department corrects the place meanwhile.
    let department = Visitor::of(&scene.server, Sample::DEPARTMENT_HEAD).await;
    sent = talk(&seen, GIST, "会议室", "地点写错了");
    let first = department.post(&path, &sent).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text);
    assert_eq!(first.location().split('?').next(), Some(&*scene.path("/talks/1")));
    let early = scene.liaison.post(&path, &talk(&seen, "谈了近况和教学。", "办公室", "补充")).await;
    assert_eq!(early.status, StatusCode::PRECONDITION_FAILED);
    early.says(&["id=\"fault\"", "没有保存：", "谈了近况和教学。"]);
    project(&scene.house).await;

    let stale = scene.liaison.post(&path, &talk(&seen, "谈了近况和教学。", "办公室", "补充")).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    stale.says(&["他人作了更改", "更正第 1 次谈话的谈话地点", "谈了近况和教学。", "value=\"会议室\""]);
    let fresh = stale.field("seen").to_owned();
    assert_ne!(fresh, seen);
    let merged = scene.liaison.post(&path, &talk(&fresh, "谈了近况和教学。", "会议室", "补充")).await;
    assert_eq!(merged.status, StatusCode::SEE_OTHER, "{}", merged.text);
    project(&scene.house).await;
    let page = scene.liaison.get(&scene.path("")).await;
    page.says(&["<del>办公室</del>", "<ins>会议室</ins>", "地点写错了", "<ins>谈了近况和教学。</ins>"]);

    let branch = Visitor::of(&scene.server, Sample::BRANCH_SECRETARY).await;
    assert_eq!(branch.get(&path).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_stands_beside_its_field_and_a_talk_sent_again_was_saved_before() {
    let scene = Scene::new().await;
    let path = scene.path("/talks/new");
    let long = "长".repeat(4001);
    for (fields, fault) in [
        (vec![("held_on", ""), ("form", "single"), ("gist", "x")], "id=\"fault-held_on\""),
        (vec![("held_on", "2026-11-23"), ("form", ""), ("gist", "x")], "id=\"fault-form\""),
        (vec![("held_on", "2026-11-23"), ("form", "single"), ("gist", " ")], "id=\"fault-gist\""),
        (vec![("held_on", "2026-11-23"), ("form", "single"), ("gist", &*long)], "现有 4001 字，最多 4000 字"),
        (vec![("held_on", "2026-11-23"), ("form", "single"), ("gist", "好\u{202E}坏")], "改变书写方向"),
        (vec![("held_on", "2027-11-23"), ("form", "single"), ("gist", "x")], "id=\"fault-held_on\""),
    ] {
        let refused = scene.liaison.post(&path, &fields).await;
        assert!(refused.status.is_client_error(), "{fault}: {}", refused.status);
        refused.says(&[fault, "role=\"alert\""]);
        assert!(refused.text.contains("aria-invalid=\"true\"") || fault.contains("form"), "{fault}");
    }

    let key = uuid::Uuid::new_v4().to_string();
    let talk = |gist: &'static str| {
        vec![
            ("key", key.clone()),
            ("held_on", "2026-11-23".into()),
            ("form", "group".into()),
            ("gist", gist.into()),
        ]
    };
    let borrowed = |fields: &[(&'static str, String)]| {
        fields.iter().map(|(name, value)| (*name, value.clone())).collect::<Vec<_>>()
    };
    let sent = borrowed(&talk("第一稿"));
    let sent: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (*name, &**value)).collect();
    assert_eq!(scene.liaison.post(&path, &sent).await.status, StatusCode::SEE_OTHER);
    let changed = borrowed(&talk("第二稿"));
    let changed: Vec<(&str, &str)> = changed.iter().map(|(name, value)| (*name, &**value)).collect();
    for _ in 0..2 {
        let again = scene.liaison.post(&path, &changed).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        again.says(&["这次谈话已经保存过了", &format!("href=\"{}\"", scene.path("")), "第二稿"]);
        assert_eq!(again.field("key"), key, "another key would save it twice");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_is_corrected_with_a_reason_and_a_stale_form_shows_what_changed() {
    let scene = Scene::new().await;
    let department = Visitor::of(&scene.server, Sample::DEPARTMENT_HEAD).await;
    let path = scene.path("/correct");
    department.get(&path).await.says(&["?field=title", "?field=key_group"]);
    let english = department.english();
    english.get(&format!("{path}?field=sex")).await.says(&["value=\"女\"", "<span>female</span>"]);
    english.get(&format!("{path}?field=key_group")).await.says(&["value=\"是\"", "<span>yes</span>"]);
    let form = department.get(&format!("{path}?field=title")).await;
    let seen = form.field("seen").to_owned();
    let fields = |value: &'static str, reason: &'static str| {
        [
            ("seen", seen.clone()),
            ("field", "title".into()),
            ("value", value.into()),
            ("reason", reason.into()),
        ]
    };
    let sent = fields("讲席教授", "聘书");
    let sent: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (*name, &**value)).collect();
    let saved = department.post(&path, &sent).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    project(&scene.house).await;
    let stale = fields("特聘教授", "文件");
    let stale: Vec<(&str, &str)> = stale.iter().map(|(name, value)| (*name, &**value)).collect();
    let stale = department.post(&path, &stale).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    stale.says(&["专业技术职务更正为“讲席教授”", "value=\"特聘教授\""]);
    department.get(&scene.path("")).await.says(&["<ins>讲席教授</ins>", "聘书"]);
    let unfit =
        [("seen", stale.field("seen")), ("field", "unit"), ("value", "没有这个学院"), ("reason", "x")];
    department.post(&path, &unfit).await.says(&["id=\"fault-value\"", "value=\"没有这个学院\""]);
    assert_eq!(scene.liaison.get(&path).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_liaison_is_handed_over_ended_and_assigned_from_the_page() {
    let scene = Scene::new().await;
    let path = scene.path("/liaison");
    let branch = scene.house.person(Sample::BRANCH_SECRETARY).await.to_string();
    let form = scene.liaison.get(&path).await;
    form.says(&["现任联系人", "交接给他人", &format!("value=\"{branch}\""), "现联系 0 人"]);
    let seen = form.field("seen").to_owned();
    let nobody = [("act", "hand_over"), ("seen", &*seen), ("liaison", ""), ("on", "2026-11-24")];
    let refused = scene.liaison.post(&path, &nobody).await;
    assert!(refused.status.is_client_error());
    refused.says(&["id=\"fault-liaison\""]);
    let early = [("act", "hand_over"), ("seen", &*seen), ("liaison", &*branch), ("on", "2026-11-01")];
    let early = scene.liaison.post(&path, &early).await;
    early.says(&["id=\"fault-on\"", "value=\"2026-11-01\"", &format!("value=\"{branch}\" selected")]);
    let hand_over = [("act", "hand_over"), ("seen", &*seen), ("liaison", &*branch), ("on", "2026-11-24")];
    let done = scene.liaison.post(&path, &hand_over).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    project(&scene.house).await;
    let stale = [("act", "end"), ("seen", &*seen), ("reason", "unavailable"), ("on", "2026-11-24")];
    let stale = scene.liaison.post(&path, &stale).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    stale.says(&["他人作了更改", "不再担任党内联系人（交接）"]);
    let end =
        [("act", "end"), ("seen", stale.field("seen")), ("reason", "unavailable"), ("on", "2026-11-24")];
    assert_eq!(scene.liaison.post(&path, &end).await.status, StatusCode::SEE_OTHER);
    project(&scene.house).await;
    let assign = [("act", "assign"), ("liaison", &*branch), ("on", "2026-11-24")];
    let assigned = scene.liaison.post(&path, &assign).await;
    assert_eq!(assigned.status, StatusCode::SEE_OTHER, "{}", assigned.text);
    let branch = Visitor::of(&scene.server, Sample::BRANCH_SECRETARY).await;
    assert_eq!(branch.get(&path).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_was_saved_before_says_so_and_saves_nothing_twice() {
    let scene = Scene::new().await;
    let department = Visitor::of(&scene.server, Sample::DEPARTMENT_HEAD).await;
    let path = scene.path("/correct");
    let seen = department.get(&format!("{path}?field=title")).await.field("seen").to_owned();
    let key = uuid::Uuid::new_v4().to_string();
    let fields = [("key", &*key), ("seen", &*seen), ("field", "title"), ("reason", "聘书")];
    let first = department.post(&path, &[&fields[..], &[("value", "讲席教授")]].concat()).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text);
    let again = department.post(&path, &[&fields[..], &[("value", "特聘教授")]].concat()).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    again.says(&["这次更正已经保存过了", "value=\"特聘教授\""]);
    assert!(!again.text.contains("没有保存："), "it was saved");

    let path = scene.path("/liaison");
    let branch = scene.house.person(Sample::BRANCH_SECRETARY).await.to_string();
    let seen = scene.liaison.get(&path).await.field("seen").to_owned();
    let form = [("key", &*key), ("seen", &*seen), ("on", "2026-11-24")];
    let hand_over = [&form[..], &[("act", "hand_over"), ("liaison", &*branch)]].concat();
    let done = scene.liaison.post(&path, &hand_over).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let end = [&form[..], &[("act", "end"), ("reason", "unavailable")]].concat();
    let again = scene.liaison.post(&path, &end).await;
    again.says(&["这张表单已经保存过了", "下面是现在的情况"]);
}

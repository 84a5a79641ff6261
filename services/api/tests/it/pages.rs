//! Pages: sign-in, to-dos and talks as a browser without JavaScript meets them.

use peiyu_testing::{House, Sample};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::server::{Server, filled, project};
use crate::visitor::{Page, Visitor};

/// A liaison with somebody to talk to.
async fn liaison(house: &House, server: &Server) -> (Visitor, String) {
    let department = server.account(Sample::DEPARTMENT_HEAD).await;
    let me = house.person(Sample::COMMITTEE_SECRETARY).await;
    let candidate = house.person(Sample::CANDIDATE).await.to_string();
    department.post(&format!("/v1/candidates/{candidate}/liaison"), &json!({ "liaison": me })).await.ok();
    project(house).await;
    (Visitor::of(server, Sample::COMMITTEE_SECRETARY).await, candidate)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_signed_in_is_led_to_the_sign_in_and_back() {
    let (_house, server) = filled().await;
    let mut stranger = Visitor::stranger(&server);
    let page = stranger.get("/todo").await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/sign-in?to=/todo"));
    let form = stranger.get(page.location()).await;
    assert_eq!(form.field("to"), "/todo");
    form.says(&["<html lang=\"zh-CN\">", "工号"]);
    stranger.english().get("/sign-in").await.says(&["<html lang=\"en\">", "Staff number"]);

    let wrong =
        stranger.post("/sign-in", &[("login", "nobody"), ("password", "wrong"), ("to", "/todo")]).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert_eq!((wrong.field("login"), wrong.field("to")), ("nobody", "/todo"));
    assert!(!wrong.text.contains("wrong\""), "a password is never sent back");

    let password = server.open_account(Sample::COMMITTEE_SECRETARY).await;
    let fields = [("login", Sample::COMMITTEE_SECRETARY), ("password", &*password), ("to", "/todo")];
    let begun = stranger.post("/sign-in", &fields).await;
    assert_eq!((begun.status, begun.location()), (StatusCode::SEE_OTHER, "/todo"));
    stranger.keep_cookie(&begun);
    let todo = stranger.get("/todo").await;
    assert_eq!(todo.status, StatusCode::OK);
    let policy = todo.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");

    let out = stranger.post("/sign-out", &[]).await;
    assert_eq!(out.location(), "/sign-in");
    assert_eq!(stranger.get("/todo").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_of_duties_comes_in_pages_with_exact_counts() {
    let (house, server) = filled().await;
    let (browser, _candidate) = liaison(&house, &server).await;
    let login = json!({ "login": Sample::COMMITTEE_SECRETARY, "password": &*browser.password });
    let begun = server.anonymous().post("/v1/sessions", &login).await.ok();
    let secretary = server.bearer(begun["token"].as_str().unwrap());
    let whole = secretary.get("/v1/todo").await.ok();
    let all = whole["items"].as_array().unwrap();
    assert!(all.len() > 1 && whole.get("next_cursor").is_none(), "{whole}");
    assert_eq!(whole["total_count"], all.len());
    assert_eq!(whole["overdue_count"], all.iter().filter(|duty| duty["state"] == "overdue").count());
    let (mut paged, mut path) = (Vec::new(), "/v1/todo?limit=1".to_owned());
    loop {
        let page = secretary.get(&path).await.ok();
        assert_eq!(
            (&page["total_count"], &page["overdue_count"]),
            (&whole["total_count"], &whole["overdue_count"])
        );
        paged.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/todo?limit=1&cursor={cursor}");
        if paged.len() == 1 {
            let behind = browser.get(&format!("/todo?cursor={cursor}")).await;
            behind.says(&[
                "回到第一页",
                &format!("hx-get=\"/todo?cursor={cursor}\""),
                &format!("共 {} 项", all.len()),
            ]);
        }
    }
    assert_eq!(&paged, all);
    secretary.get("/v1/todo?limit=0").await.is(400, "parameter_unfit");
}

/// The liaison is a secretary, too: a hundred gaps are due before the talk, which stands on the page behind.
async fn page_behind(visitor: &Visitor, first: &Page) -> Page {
    let (_, cursor) = first.text.split_once("href=\"/todo?cursor=").expect("another page");
    visitor.get(&format!("/todo?cursor={}", cursor.split('"').next().unwrap())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_talk_is_recorded_once_however_often_it_is_sent() {
    let (house, server) = filled().await;
    let (visitor, candidate) = liaison(&house, &server).await;
    let talks_to_do = page_behind(&visitor, &visitor.get("/todo").await).await;
    talks_to_do.says(&["首次谈话", "记录谈话", &format!("/people/{candidate}/talks/new")]);
    let path = format!("/people/{candidate}/talks/new");
    let form = visitor.get(&path).await;
    let english = visitor.english().get(&path).await;
    english.says(&[
        "value=\"思想状况\"><span>state of mind</span>",
        "value=\"入党意愿\"><span>wish to join the Party",
    ]);
    let (key, day) = (form.field("key").to_owned(), form.field("held_on").to_owned());
    let fields = [
        ("key", &*key),
        ("held_on", &*day),
        ("form", "single"),
        ("topics", "工作生活"),
        ("topics", "入党意愿"),
    ];
    let mut fields = fields.to_vec();
    fields.push(("gist", "谈了近况。<script>alert(1)</script> 😀"));

    let first = visitor.post(&path, &fields).await;
    let second = visitor.post(&path, &fields).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text);
    assert_eq!(first.location(), second.location());
    project(&house).await;
    let saved = visitor.get(first.location()).await;
    saved.says(&["已保存"]);
    page_behind(&visitor, &saved).await.says(&["定期谈话"]);
    let talks = server.operator().get(&format!("/v1/dossiers/{candidate}")).await.ok();
    let recorded =
        talks["events"].as_array().unwrap().iter().filter(|event| event["event_type"] == "TalkRecorded");
    assert_eq!(recorded.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_talk_comes_back_as_it_was_typed_with_the_reason() {
    let (house, server) = filled().await;
    let (visitor, candidate) = liaison(&house, &server).await;
    let path = format!("/people/{candidate}/talks/new");
    let fields = [
        ("held_on", "1999-01-01"),
        ("form", "telephone"),
        ("topics", "教学科研"),
        ("gist", "<b>要点</b> & 更多"),
        ("place", "办公室"),
    ];
    let refused = visitor.post(&path, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.says(&[
        "role=\"alert\"",
        "value=\"1999-01-01\"",
        "value=\"telephone\" checked",
        "value=\"教学科研\" checked",
    ]);
    refused.says(&["要点", "value=\"办公室\""]);
    assert!(!refused.text.contains("<b>要点"), "typed text is never markup");
    let nothing = visitor.post(&path, &[]).await;
    assert!(nothing.status.is_client_error(), "{}", nothing.text);
    nothing.says(&["role=\"alert\"", "id=\"gist\""]);
}

/// The fields of a page that asks for a new sign-in, filled in by somebody.
fn again<'a>(page: &'a Page, somebody: &'a Visitor) -> Vec<(&'a str, &'a str)> {
    let mut fields: Vec<_> =
        page.hidden().into_iter().filter(|(name, _)| *name != "back" && *name != "to").collect();
    fields.extend([("login", &*somebody.login), ("password", &*somebody.password)]);
    fields
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_outlives_the_sign_in() {
    let (house, server) = filled().await;
    let (visitor, candidate) = liaison(&house, &server).await;
    let path = format!("/people/{candidate}/talks/new");
    let form = visitor.get(&path).await;
    let (key, day) = (form.field("key").to_owned(), form.field("held_on").to_owned());
    let fields = [("key", &*key), ("held_on", &*day), ("form", "single"), ("gist", "不能丢的要点")];
    let mut late = visitor.signed_out();
    let ended = late.post(&path, &fields).await;
    assert_eq!(ended.status, StatusCode::UNAUTHORIZED);
    ended.says(&["不能丢的要点", "登录已失效"]);
    assert_eq!(ended.field("then"), path);

    let resumed = late.post("/sign-in", &again(&ended, &visitor)).await;
    assert_eq!(resumed.status, StatusCode::OK, "{}", resumed.text);
    resumed.says(&["不能丢的要点", "继续保存"]);
    late.keep_cookie(&resumed);
    let saved = late.post(&path, &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_form_does_nothing_and_astray_browsers_get_a_page() {
    let (house, server) = filled().await;
    let (visitor, candidate) = liaison(&house, &server).await;
    let path = format!("/people/{candidate}/talks/new");
    let fields = [("held_on", "2026-11-01"), ("form", "single"), ("gist", "x")];
    let request = visitor.request(Method::POST, &path).header("origin", "https://evil.example");
    let foreign = visitor.send(request.header("sec-fetch-site", "cross-site").form(&fields)).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    let lost = visitor.get("/no-such-page").await;
    assert_eq!(lost.status, StatusCode::NOT_FOUND);
    lost.says(&["没有这个页面", "<html", "href=\"/todo\""]);
    let nobody = visitor.get("/people/00000000-0000-7000-8000-000000000000").await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
    nobody.says(&["href=\"/todo\"", "退出登录"]);
    let stranger = visitor.signed_out().get("/no-such-page").await;
    assert!(!stranger.text.contains("href=\"/todo\""), "a stranger is shown no way in");
    let program = server.anonymous().get("/v1/no-such-route").await;
    program.is(404, "route_unknown");
    let stylesheet = lost.text.split("href=\"").find(|rest| rest.starts_with("/assets/")).unwrap();
    let css = visitor.get(stylesheet.split('"').next().unwrap()).await;
    assert!(css.headers["cache-control"].to_str().unwrap().contains("immutable"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_typed_is_never_sent_as_another_who_signs_in() {
    let (house, server) = filled().await;
    let (visitor, candidate) = liaison(&house, &server).await;
    let other = Visitor::of(&server, Sample::BRANCH_SECRETARY).await;
    let fields = [("form", "single"), ("gist", "不给别人看的要点")];
    let late = visitor.signed_out();
    let ended = late.post(&format!("/people/{candidate}/talks/new"), &fields).await;
    let resumed = late.post("/sign-in", &again(&ended, &other)).await;
    assert_eq!(resumed.status, StatusCode::OK, "{}", resumed.text);
    resumed.says(&["不是用您的账号填写的"]);
    assert!(!resumed.text.contains("不给别人看的要点"), "{}", resumed.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_kept_whatever_they_are_called_and_in_either_language() {
    let (house, server) = filled().await;
    let (visitor, _) = liaison(&house, &server).await;
    let mut late = visitor.signed_out();
    let ended = late.post("/trainings/new", &[("to", "2026-12-31"), ("then", "x")]).await;
    assert_eq!(ended.status, StatusCode::UNAUTHORIZED);

    let mut chosen = ended.hidden();
    chosen.push(("language", "en"));
    let english = late.post("/language", &chosen).await;
    english.says(&["<html lang=\"en\">", "nothing you typed is lost"]);
    late.keep_cookie(&english);
    let resumed = late.post("/sign-in", &again(&english, &visitor)).await;
    resumed.says(&["Save it now", "name=\"to\" value=\"2026-12-31\"", "name=\"then\" value=\"x\""]);

    late.keep_cookie(&resumed);
    let mut chosen: Vec<_> =
        resumed.hidden().into_iter().filter(|(name, _)| *name != "to" && *name != "then").collect();
    chosen.extend([("then", "/trainings/new"), ("language", "zh")]);
    late.post("/language", &chosen).await.says(&["继续保存", "name=\"to\" value=\"2026-12-31\""]);
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_are_carried_nowhere() {
    let (house, server) = filled().await;
    let (visitor, _) = liaison(&house, &server).await;
    let fields = [("present", "one secret here"), ("new", "another secret"), ("again", "another secret")];
    let ended = visitor.signed_out().post("/password", &fields).await;
    assert_eq!((ended.status, ended.location()), (StatusCode::SEE_OTHER, "/sign-in?to=/password"));
    assert!(!ended.text.contains("secret"), "{}", ended.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_language_is_changed_on_every_page_and_by_no_other_site() {
    let (_house, server) = filled().await;
    let stranger = Visitor::stranger(&server);
    for (back, page) in [
        ("/trainings/1/search", "/trainings/1"),
        ("/trainings/1/participants", "/trainings/1"),
        ("/trainings/1/results", "/trainings/1"),
        ("/imports/1/columns", "/imports/1"),
        ("/imports/1/confirm", "/imports/1"),
        ("/reminders/templates/preview", "/reminders/templates"),
        ("/reminders/templates/restore", "/reminders/templates"),
        ("/pool/export?x=1", "/pool"),
    ] {
        let chosen = stranger.post("/language", &[("language", "en"), ("back", back)]).await;
        assert_eq!((chosen.status, chosen.location()), (StatusCode::SEE_OTHER, back));
        let shown = stranger.get(back).await;
        assert_eq!((shown.status, shown.location()), (StatusCode::SEE_OTHER, page), "{back}");
    }
    let away = stranger.post("/language", &[("language", "en"), ("back", "/\t/evil.example")]).await;
    assert_eq!(away.location(), "/");
    let request = stranger.request(Method::POST, "/language").header("sec-fetch-site", "cross-site");
    let foreign = stranger.send(request.form(&[("language", "en")])).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    foreign.says(&["跨站请求被拒绝"]);
    assert!(!foreign.headers.contains_key("set-cookie"));
}

//! Pages: sign-in, to-dos and talks as a browser without JavaScript meets them.

use peiyu_testing::{House, Sample};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::server::{Server, filled, project};
use crate::visitor::Visitor;

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
async fn a_talk_is_recorded_once_however_often_it_is_sent() {
    let (house, server) = filled().await;
    let (visitor, candidate) = liaison(&house, &server).await;
    visitor.get("/todo").await.says(&["首次谈话", "记录谈话", &format!("/people/{candidate}/talks/new")]);
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
    visitor.get(first.location()).await.says(&["已保存", "定期谈话"]);
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

    let mut again =
        vec![("login", Sample::COMMITTEE_SECRETARY), ("password", &*visitor.password), ("then", &*path)];
    again.extend(fields);
    let resumed = late.post("/sign-in", &again).await;
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

//! The interface answers who looks and then nothing more: whether a form was taken is not known, and nothing of it is lost.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tower::ServiceExt;

const KEY: &str = "0199a1b2-0000-7000-8000-000000000001";
const RUN: &str = "/imports/0199a1b2-0000-7000-8000-000000000002";

/// An interface of which only these answers are there.
fn pages(answers: Router) -> Router {
    let me = json!({ "person": null, "name": null, "must_change_password": false, "today": "2026-11-24",
        "rights": ["operate", "policy.adopt", "reminder.read", "import.run"] });
    let away = json!({ "type": "https://peiyu.invalid/problems/unavailable", "title": "暂时不可用", "status": 503,
        "detail": "数据库暂时没有应答，没有写入任何内容；请稍后重发。", "article": null, "facts": {} });
    let away = move || async move { (StatusCode::SERVICE_UNAVAILABLE, Json(away)).into_response() };
    let whoami = get(|| async { Json(me) });
    peiyu_pages::router(answers.route("/v1/whoami", whoami).fallback(away))
}

async fn sent(pages: &Router, path: &str, form: &str) -> (StatusCode, String) {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let request = request.header(header::ACCEPT_LANGUAGE, "zh-CN").body(Body::from(form.to_owned())).unwrap();
    let answer = pages.clone().oneshot(request).await.unwrap();
    let status = answer.status();
    let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_form_that_nobody_answers_comes_back_whole_with_its_key_to_be_sent_again() {
    let pages = pages(Router::new());
    let words = format!("language=zh&key={KEY}&seen=3&subject=my+subject&opening=my+opening&closing=a%0Ab");
    let reason = format!("key={KEY}&view=candidates&kind=candidate&reason=my+reason");
    for (path, form, typed) in [
        ("/reminders/templates", &words, ["my subject", "my opening"]),
        ("/operations/parked/retry", &reason, ["candidates", "my reason"]),
    ] {
        let (status, page) = sent(&pages, path, form).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(page.contains(&format!("action=\"{path}\"")) && page.contains("再试一次"), "{page}");
        let (unsure, sure) = ("是否已保存尚不确定", "没有写入任何内容");
        assert!(page.contains(unsure) && !page.contains(sure), "the page contradicts itself: {page}");
        for value in [KEY, typed[0], typed[1]] {
            assert!(page.contains(&format!("value=\"{value}\"")), "{value} is not in {page}");
        }
    }
}

#[tokio::test]
async fn an_address_that_the_interface_cannot_read_is_told_in_the_readers_words() {
    let unfit = json!({ "type": "https://peiyu.invalid/problems/parameter_unfit", "title": "地址参数有误",
        "status": 400, "detail": "地址中的参数有误：unknown variant", "article": null,
        "facts": { "parameter": "view", "fault": "unknown variant" } });
    let unfit = get(move || async move { (StatusCode::BAD_REQUEST, Json(unfit)) });
    let pages = pages(Router::new().route("/v1/operations", unfit));
    let request = Request::get("/operations").header(header::ACCEPT_LANGUAGE, "zh-CN");
    let answer = pages.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    let page = String::from_utf8(body.to_vec()).unwrap();
    assert!(page.contains("无法识别这次请求") && !page.contains("unknown variant"), "{page}");
}

#[tokio::test]
async fn a_password_never_comes_back_in_a_page() {
    let pages = pages(Router::new());
    for (path, form) in [
        ("/password", "present=secret-one&new=secret-two&again=secret-two".to_owned()),
        ("/sign-in", format!("login=x&password=secret-one&then=/todo&key={KEY}&gist=secret-two")),
    ] {
        let (_, page) = sent(&pages, path, &form).await;
        assert!(!page.contains("secret-one"), "{page}");
    }
}

#[tokio::test]
async fn columns_mapped_by_hand_keep_choices_and_key_while_the_outcome_is_open() {
    let run = json!({ "kind": "roster", "dry_run": true, "state": "failed", "progress": { "done": 0, "total": 0 },
        "report": null, "problem": null, "rejects": false, "created_at": "2026-11-24T02:00:00Z",
        "confirmable": false, "confirmed_by": null,
        "fields": [{ "field": "staff_number", "title": "工号", "required": true }],
        "columns": { "sheet": "名册", "header_row": 1, "mapping": [],
            "unknown_columns": [{ "column": "A", "header": "code", "field": null, "title": null }] } });
    let answers = Router::new().route(&format!("/v1{RUN}"), get(|| async { Json(run) }));
    let form = format!("key={KEY}&title=code&field=staff_number");
    let (status, page) = sent(&pages(answers), &format!("{RUN}/columns"), &form).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.contains(&format!("name=\"key\" value=\"{KEY}\"")), "{page}");
    assert!(page.contains("<option value=\"staff_number\" selected>"), "{page}");
}

#[tokio::test]
async fn why_something_waits_is_said_in_chinese_beside_the_services_own_words() {
    let reason = "the database does not answer";
    let operations = json!({ "ready": false, "dependencies": [{ "service": "api", "name": "api.postgres",
            "condition": "down", "since": "2026-11-24T02:00:00Z", "reason": reason }],
        "feed": { "head": 0, "epoch": 1, "waiting": 0, "waiting_seconds": 0 }, "read_models": [],
        "reminders": { "last_claimed_at": null, "unfinished": 0 } });
    let id = &RUN[9..];
    let request = json!({ "id": id, "view": null, "kind": null, "stream": null, "position": null, "who": "operator",
        "reason": "x", "asked_at": "2026-11-24T02:00:00Z", "state": "running", "silent_seconds": 0, "fault": reason,
        "skipped": 0, "applied": 0, "streams_open": 0, "streams_stuck": 0, "ahead": 0 });
    let answers = Router::new()
        .route("/v1/operations", get(move || async move { Json(operations) }))
        .route(&format!("/v1/parked/requests/{id}"), get(move || async move { Json(request) }));
    let pages = pages(answers);
    for (path, told) in [
        ("/operations".to_owned(), "数据库没有应答"),
        (format!("/operations/parked/requests/{id}"), "暂时不能继续"),
    ] {
        let request = Request::get(&path).header(header::ACCEPT_LANGUAGE, "zh-CN");
        let answer = pages.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        let page = String::from_utf8(body.to_vec()).unwrap();
        assert!(page.contains(told) && page.contains(reason), "{page}");
    }
}

//! The form of requests: what does not fit is a problem that says where, in the reader's language.

use peiyu_testing::House;
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use crate::server::{Client, Reply, Server, send};

async fn post_text(client: &Client, path: &str, body: impl Into<reqwest::Body>) -> Reply {
    let request = client.request(Method::POST, path).header("content-type", "application/json");
    send(request.header("idempotency-key", Uuid::new_v4().to_string()).body(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_fit_names_the_place() {
    let house = House::new().await;
    let server = Server::start(&house).await;
    let operator = server.operator();
    let path = format!("/v1/candidates/{}/talks", Uuid::new_v4());
    post_text(&operator, &path, "{\"held_on\": ").await.is(400, "malformed_json");
    post_text(&operator, &path, "").await.is(400, "malformed_json");

    let unknown = json!({ "held_on": "2026-11-01", "form": "single", "gist": "…", "mood": "good" });
    let answer = operator.post(&path, &unknown).await;
    answer.is(400, "field_unfit");
    assert!(answer.text.contains("mood"), "{}", answer.text);

    let wrong = "{\n  \"held_on\": \"2026-11-01\",\n  \"form\": \"single\",\n  \"gist\": 7\n}";
    let answer = post_text(&operator, &path, wrong).await;
    answer.is(400, "field_unfit");
    assert_eq!((&answer.body["facts"]["field"], &answer.body["facts"]["line"]), (&json!("gist"), &json!(4)));

    let no_date = json!({ "held_on": "2026-02-30", "form": "single", "gist": "…" });
    operator.post(&path, &no_date).await.is(400, "field_unfit");
    let no_form = json!({ "held_on": "2026-02-03", "form": "by letter", "gist": "…" });
    operator.post(&path, &no_form).await.is(400, "field_unfit");

    let large = format!("{{\"gist\": \"{}\"}}", "x".repeat(1024 * 1024));
    let answer = post_text(&operator, &path, large).await;
    answer.is(413, "too_large");
    assert_eq!(answer.body["facts"]["most"], 1024 * 1024);

    let form = operator.request(Method::POST, &path).header("idempotency-key", Uuid::new_v4().to_string());
    send(form.header("content-type", "text/plain").body("{}")).await.is(415, "content_type_unfit");
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_and_addresses_are_checked_too() {
    let house = House::new().await;
    let server = Server::start(&house).await;
    let operator = server.operator();
    let policy = json!({ "content": "" });
    let bare = operator.request(Method::POST, "/v1/policies");
    send(bare.json(&policy)).await.is(400, "idempotency_key_missing");
    let odd = operator.request(Method::POST, "/v1/policies").header("idempotency-key", "7");
    send(odd.json(&policy)).await.is(400, "header_unfit");

    let path = format!("/v1/candidates/{}/liaison/end", Uuid::new_v4());
    let end = json!({ "reason": "unavailable" });
    operator.post(&path, &end).await.is(428, "if_match_required");
    let odd = operator.request(Method::POST, &path).header("if-match", "*");
    let odd = odd.header("idempotency-key", Uuid::new_v4().to_string());
    send(odd.json(&end)).await.is(400, "header_unfit");

    operator.get("/v1/candidates/zhangsan").await.is(400, "parameter_unfit");
    operator.get("/v1/pool?limit=0").await.is(400, "parameter_unfit");
    operator.get("/v1/pool?colour=red").await.is(400, "parameter_unfit");
    operator.get("/v1/pool?cursor=nonsense").await.is(400, "parameter_unfit");
    operator.get("/v1/events?after=-1").await.is(400, "parameter_unfit");
    let no_day = operator.get("/v1/coverage/matrix?as_of=9999-99-99").await;
    no_day.is(400, "parameter_unfit");
    assert_eq!(no_day.body["facts"]["parameter"], "as_of", "{}", no_day.text);
    assert!(!no_day.text.contains("deserialize"), "{}", no_day.text);
    operator.get(&format!("/v1/candidates/{}", Uuid::new_v4())).await.is(404, "not_found");
    operator.get("/v1/nowhere").await.is(404, "route_unknown");
    let wrong = operator.delete("/v1/whoami").await;
    wrong.is(405, "method_not_allowed");
    assert!(wrong.header("allow").contains("GET"), "{:?}", wrong.headers);
}

#[tokio::test(flavor = "multi_thread")]
async fn problems_speak_the_readers_language_and_answers_carry_the_security_headers() {
    let house = House::new().await;
    let server = Server::start(&house).await;
    let chinese = server.anonymous().get("/v1/pool").await;
    assert_eq!(
        (chinese.header("content-language"), chinese.body["title"].as_str()),
        ("zh-CN", Some("未登录"))
    );
    let english =
        server.anonymous().request(Method::GET, "/v1/pool").header("accept-language", "en-GB, zh;q=0.5");
    let english = send(english).await;
    assert_eq!(
        (english.header("content-language"), english.body["title"].as_str()),
        ("en", Some("Not signed in"))
    );
    assert_eq!(english.body["instance"], "/v1/pool");
    assert!(english.header("www-authenticate").starts_with("Bearer"));
    for answer in [english, server.operator().get("/v1/whoami").await] {
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(answer.header("content-security-policy").contains("default-src 'self'"));
        assert!(Uuid::try_parse(answer.header("x-request-id")).is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_page_cannot_make_a_browser_act() {
    let house = House::new().await;
    let server = Server::start(&house).await;
    let login = json!({ "login": "1", "password": "p" });
    let sent = |name: &'static str, value: &str| {
        let request = server.anonymous().request(Method::POST, "/v1/sessions").header(name, value);
        request.header("idempotency-key", Uuid::new_v4().to_string()).json(&login)
    };
    send(sent("sec-fetch-site", "cross-site")).await.is(403, "cross_site");
    send(sent("origin", "https://evil.example")).await.is(403, "cross_site");
    send(sent("origin", &server.base)).await.is(401, "login_failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_name_routes_by_template_and_no_id() {
    let house = House::new().await;
    let server = Server::start(&house).await;
    let id = Uuid::new_v4();
    server.operator().get(&format!("/v1/candidates/{id}")).await.is(404, "not_found");
    let metrics = server.anonymous().get("/metrics").await;
    assert!(metrics.text.contains(r#"route="/v1/candidates/{id}""#), "{}", metrics.text);
    assert!(!metrics.text.contains(&id.to_string()));
    assert_eq!(server.anonymous().get("/healthz").await.text, "ok\n");
    assert_eq!(server.anonymous().get("/readyz").await.status, 200);
    let described = server.anonymous().get("/openapi.json").await.ok();
    assert!(described["paths"]["/v1/candidates/{id}/talks"]["post"].is_object());
    let schema = server.anonymous().get("/v1/schemas/peiyu.candidate.TalkRecorded.v1.json").await.ok();
    assert_eq!(schema["properties"]["event"]["const"], "TalkRecorded");
    let newest = server.anonymous().get("/v1/schemas/candidate.TalkRecorded.json").await.ok();
    assert_eq!(newest, schema, "by the name that `--types` takes");
    for unknown in ["candidate.Talk", "candidate", "peiyu.candidate.TalkRecorded.v99"] {
        let path = format!("/v1/schemas/{unknown}.json");
        server.anonymous().get(&path).await.is(404, "not_found");
    }
}

//! Commands: the same answer for every repeated sending, versions, refusals, and the whole way of a talk.

use peiyu_domain::import::ImportKind;
use peiyu_domain::policy::Policy;
use peiyu_platform::trace::TraceParent;
use peiyu_testing::{House, Sample};
use serde_json::json;
use uuid::Uuid;

use crate::server::{Server, send};

#[tokio::test(flavor = "multi_thread")]
async fn a_command_sent_again_is_answered_as_before_and_with_another_body_refused() {
    let house = House::new().await;
    let server = Server::start(&house).await;
    let operator = server.operator();
    let key = Uuid::new_v4();
    let policy = json!({ "content": Policy::shipped_text() });
    let first = operator.post_as("/v1/policies", &policy, key).await;
    assert_eq!(first.header("etag"), "\"1\"");
    let first = first.ok();
    let again = operator.post_as("/v1/policies", &policy, key).await.ok();
    assert_eq!(first, again);
    let other = json!({ "content": "version = 7" });
    operator.post_as("/v1/policies", &other, key).await.is(422, "idempotency_key_reused");
    // The same key on another route is another request too.
    let path = format!("/v1/accounts/{}/rights", Uuid::new_v4());
    operator.post_as(&path, &json!({ "right": "operate" }), key).await.is(422, "idempotency_key_reused");
    let unfit = operator.post("/v1/policies", &other).await;
    unfit.is(422, "policy_unreadable");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_callers_trace_goes_into_the_event_and_who_sends_none_begins_one() {
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    let house = House::new().await;
    let server = Server::start(&house).await;
    let operator = server.operator();
    let mut traces = Vec::new();
    for sent in [Some(format!("00-{TRACE}-00f067aa0ba902b7-01")), Some("nonsense".to_owned()), None] {
        // The same text again would be no event.
        let text = Policy::shipped_text().replacen("\"2021-09-06\"", &format!("\"{}\"", traces.len()), 1);
        let policy = json!({ "content": text });
        let request = operator.request(reqwest::Method::POST, "/v1/policies").json(&policy);
        let request = request.header("idempotency-key", Uuid::new_v4().to_string());
        let request = match sent {
            Some(sent) => request.header("traceparent", sent),
            None => request,
        };
        send(request).await.ok();
        let store = house.application.store();
        while store.sequence_once(1000).await.unwrap() > 0 {}
        let head = store.feed_head().await.unwrap().position;
        let event = store.feed_at(head).await.unwrap().unwrap();
        let noted = TraceParent::parse(event.metadata.traceparent.as_deref().unwrap()).unwrap();
        traces.push(noted.trace_id());
        let served = operator.get(&format!("/v1/events?after={}", head - 1)).await;
        assert!(served.text.contains(&format!("\"traceparent\":\"{noted}\"")), "{}", served.text);
    }
    assert_eq!(traces[0], TRACE);
    assert!(traces[1] != TRACE && traces[2] != TRACE && traces[1] != traces[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_belongs_to_whoever_sent_it() {
    let house = House::new().await;
    house.import(ImportKind::Organisation, "clean-1200").await;
    let server = Server::start(&house).await;
    let head = server.account(Sample::DEPARTMENT_HEAD).await;
    let key = Uuid::new_v4();
    let policy = json!({ "content": Policy::shipped_text() });
    server.operator().post_as("/v1/policies", &policy, key).await.ok();
    // Somebody else's key of the same value neither answers theirs nor clashes with it.
    let other = json!({ "content": "version = 7" });
    head.post_as("/v1/policies", &other, key).await.is(422, "policy_unreadable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_liaison_is_assigned_and_records_a_talk_and_stale_versions_are_refused() {
    let house = House::new().await;
    house.import(ImportKind::Organisation, "clean-1200").await;
    house.import(ImportKind::Roster, "clean-1200").await;
    let server = Server::start(&house).await;
    let head = server.account(Sample::DEPARTMENT_HEAD).await;
    let secretary = server.account(Sample::BRANCH_SECRETARY).await;
    let candidate = house.person(Sample::CANDIDATE).await;
    let liaison = house.person(Sample::BRANCH_SECRETARY).await;
    let path = format!("/v1/candidates/{candidate}");

    let talk = json!({ "held_on": "2026-11-20", "form": "single", "gist": "谈了近况。" });
    let refused = secretary.post(&format!("{path}/talks"), &talk).await;
    refused.is(422, "no_liaison");
    assert_eq!(refused.body["article"], "意见三(四)");

    let assign = json!({ "liaison": liaison, "since": "2026-11-16" });
    secretary.post(&format!("{path}/liaison"), &assign).await.is(403, "forbidden");
    head.post(&format!("{path}/liaison"), &assign).await.ok();
    let oneself = json!({ "liaison": candidate });
    head.post(&format!("{path}/liaison"), &oneself).await.is(422, "oneself_as_liaison");

    let early = json!({ "held_on": "2026-11-15", "form": "single", "gist": "谈了近况。" });
    let early = secretary.post(&format!("{path}/talks"), &early).await;
    early.is(422, "talk_before_assignment");
    assert!(early.body["detail"].as_str().unwrap().contains("2026年11月16日"), "{}", early.text);
    let recorded = secretary.post(&format!("{path}/talks"), &talk).await.ok();
    let version = recorded["version"].as_i64().unwrap();
    let seen = secretary.get(&path).await;
    assert_eq!(seen.header("etag"), format!("\"{version}\""));
    assert_eq!((&seen.body["talks"], &seen.body["liaison"]), (&json!(1), &json!(liaison)));

    let correction = json!({ "form": "telephone", "reason": "记错了" });
    let correct = format!("{path}/talks/1/corrections");
    secretary.post(&correct, &correction).await.is(428, "if_match_required");
    let stale = secretary.post_if(&correct, &correction, version - 1).await;
    stale.is(412, "version_stale");
    assert_eq!(stale.header("etag"), format!("\"{version}\""));
    secretary.post_if(&correct, &correction, version).await.ok();
    secretary
        .post_if(&format!("{path}/talks/9/corrections"), &correction, version + 1)
        .await
        .is(422, "talk_unknown");
}

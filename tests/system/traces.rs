//! One request's spans at a collector: of api, relay and projector, in one trace, and nothing about persons in them.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use peiyu_domain::policy::Policy;
use prost::Message;
use serde_json::json;

use crate::house::{House, until};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
/// All that our spans say.
const SAID: [&str; 9] =
    ["method", "route", "request", "trace_id", "status", "first", "events", "target", "code.namespace"];

/// Takes spans and keeps them, as a collector does.
fn collector(house: &House) -> (Arc<Mutex<Vec<Span>>>, String) {
    let kept: Arc<Mutex<Vec<Span>>> = Arc::default();
    let listener = house.runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let into = Arc::clone(&kept);
    let take = move |body: axum::body::Bytes| async move {
        let request = ExportTraceServiceRequest::decode(body).unwrap();
        let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
        into.lock().unwrap().extend(scopes.flat_map(|scope| scope.spans));
    };
    let router = Router::new().route("/v1/traces", post(take));
    house.runtime.spawn(async move { axum::serve(listener, router).await });
    (kept, address)
}

#[test]
fn a_requests_spans_of_api_relay_and_projector_share_its_trace() {
    let house = House::new();
    let (spans, address) = collector(&house);
    let up = ["up", "--detach", "--no-demo", "--tenant", "school", "--listen", "127.0.0.1:0"];
    let mut command = house.command(&up);
    let output = command.env("PEIYU__TELEMETRY__OTLP_ENDPOINT", address).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let token = std::fs::read_to_string(house.data().join("operator.token")).unwrap().trim().to_owned();
    let url = format!("http://{}/v1/policies", house.setting("http", "listen"));
    let stricter = Policy::shipped_text().replacen("\"2021-09-06\"", "\"2021-09-06 金丝雀\"", 1);
    let adopted = reqwest::blocking::Client::new()
        .post(url)
        .bearer_auth(token)
        .header("idempotency-key", uuid::Uuid::now_v7().to_string())
        .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"))
        .json(&json!({ "content": stricter }))
        .send()
        .unwrap();
    assert!(adopted.status().is_success(), "{}", adopted.text().unwrap());

    let trace = u128::from_str_radix(TRACE, 16).unwrap().to_be_bytes();
    let of = |name: &str| -> Vec<Span> {
        let spans = spans.lock().unwrap();
        spans.iter().filter(|span| span.name == name && span.trace_id == trace).cloned().collect()
    };
    until("all three have reported", || {
        ["request", "publish", "project"].iter().all(|name| !of(name).is_empty())
    });
    let request = of("request").remove(0);
    assert_eq!(request.parent_span_id, 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes(), "below the caller's");
    for name in ["publish", "project"] {
        let span = of(name).remove(0);
        assert_eq!(span.parent_span_id, request.span_id, "{name} follows from the request");
    }
    house.down();
    for span in spans.lock().unwrap().iter() {
        let keys: Vec<&str> = span.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
        assert!(keys.iter().all(|key| SAID.contains(key)) && span.events.is_empty(), "{span:?}");
        assert!(!format!("{span:?}").contains("金丝雀"));
    }
}

#[test]
fn an_address_that_is_none_is_refused_at_the_start() {
    let house = House::new();
    house.up(&[]);
    house.down();
    let mut command = house.command(&["run", "--config"]);
    command.arg(house.data().join("peiyu.toml"));
    let output = command.env("PEIYU__TELEMETRY__OTLP_ENDPOINT", "https://collector:4318").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && said.contains("http://host:4318"), "{said}");
}

//! A collector in the test: what arrives there, and what becomes of the service while it is away or slow.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{ErrorKind, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span as Sent;
use prost::Message;
use tokio::net::TcpListener;
use tracing_subscriber::layer::SubscriberExt;

use super::*;
use crate::trace::{self, PageSpans, TraceParent};

const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Takes spans and keeps them.
#[derive(Clone, Default)]
struct Receiver(Arc<Mutex<Vec<Sent>>>);

impl Receiver {
    async fn start() -> (Self, String) {
        let receiver = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let kept = receiver.clone();
        let take = move |body: axum::body::Bytes| async move {
            let request = ExportTraceServiceRequest::decode(body).unwrap();
            let spans = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
            kept.0.lock().unwrap().extend(spans.flat_map(|scope| scope.spans));
        };
        let router = Router::new().route(PATH, post(take));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, address)
    }

    fn named(&self, name: &str) -> Vec<Sent> {
        self.0.lock().unwrap().iter().filter(|span| span.name == name).cloned().collect()
    }
}

/// What is logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn settings(endpoint: &str) -> Settings {
    let text = format!(
        "tenant = \"t\"\ndata = \"/d\"\n[database]\nurl = \"u\"\nkeys_url = \"k\"\n[nats]\nurl = \"n\"\n\
         [http]\nlisten = \"127.0.0.1:1\"\npublic_url = \"p\"\n[vault]\nmaster_key_file = \"/m\"\n\
         [telemetry]\notlp_endpoint = {endpoint:?}\n",
    );
    let source = config::File::from_str(&text, config::FileFormat::Toml);
    config::Config::builder().add_source(source).build().unwrap().try_deserialize().unwrap()
}

/// Logs and spans of this thread, until the guard goes.
fn listen(endpoint: &str) -> (Exporting, Lines, tracing::subscriber::DefaultGuard) {
    let lines = Lines::default();
    let written = lines.clone();
    let (exporting, spans) = begin(&settings(endpoint), "peiyu-test").unwrap();
    let log = tracing_subscriber::fmt::layer().with_writer(move || written.clone());
    let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(log).with(spans));
    (exporting, lines, guard)
}

fn keys(span: &Sent) -> Vec<&str> {
    span.attributes.iter().map(|attribute| attribute.key.as_str()).collect()
}

#[tokio::test]
async fn what_follows_from_a_request_arrives_in_the_callers_trace() {
    let (receiver, address) = Receiver::start().await;
    let (exporting, _, guard) = listen(&address);
    let caller = TraceParent::parse(CALLER).unwrap();
    let request = tracing::info_span!("request", route = "/v1/x", trace_id = tracing::field::Empty);
    let place = trace::begin(&request, Some(caller));
    request.record("trace_id", place.trace_id());
    request.in_scope(|| tracing::warn!(name = "张三", "a line that a server may have put a name in"));
    let other = TraceParent::fresh();
    let (mine, other) = (place.to_string(), other.to_string());
    let parents = [Some(mine.as_str()), None, Some(&other), Some(&mine), Some("not one")];
    let page = PageSpans::of(parents.into_iter(), |trace_id| tracing::info_span!("publish", trace_id));
    drop((page, request, guard));
    exporting.end().await;

    let request = receiver.named("request").remove(0);
    assert_eq!(request.trace_id, u128::from_str_radix(&CALLER[3..35], 16).unwrap().to_be_bytes());
    assert_eq!(request.parent_span_id, 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes());
    assert!(request.events.is_empty() && keys(&request).contains(&"route"), "{request:?}");
    assert!(keys(&request).iter().all(|key| ["route", "trace_id", "target"].contains(key)), "{request:?}");
    let published = receiver.named("publish");
    assert_eq!(published.len(), 2, "one of each trace");
    let of_mine = published.iter().find(|span| span.trace_id == request.trace_id).unwrap();
    assert_eq!(of_mine.parent_span_id, request.span_id, "the event named the request's span");
    let of_other = published.iter().find(|span| span.trace_id != request.trace_id).unwrap();
    let other_trace = u128::from_str_radix(&other[3..35], 16).unwrap();
    assert_eq!(of_other.trace_id, other_trace.to_be_bytes());
}

/// As a service does it: the process's own subscriber, with a filter for the log; nobody flushes.
#[tokio::test(flavor = "multi_thread")]
async fn spans_of_a_running_service_arrive_while_it_runs() {
    let (receiver, address) = Receiver::start().await;
    let exporting = crate::telemetry::init(&settings(&address), "peiyu-test").unwrap();
    // As database drivers ask before they log: the answer must not stick to the next span.
    let _ = log::log_enabled!(target: "sqlx::query", log::Level::Debug);
    let span = tracing::info_span!("running");
    let _ = trace::begin(&span, None);
    drop(span);
    for _ in 0..600 {
        if !receiver.named("running").is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(receiver.named("running").len(), 1);
    exporting.end().await;
}

#[tokio::test]
async fn who_sends_no_trace_begins_one_and_who_wants_none_collected_gets_none() {
    let (receiver, address) = Receiver::start().await;
    let (exporting, _, guard) = listen(&address);
    let span = tracing::info_span!("fresh");
    let place = trace::begin(&span, None);
    let unwanted = tracing::info_span!("unwanted");
    let quiet = TraceParent::parse(&format!("{}00", &CALLER[..53])).unwrap();
    assert_eq!(trace::begin(&unwanted, Some(quiet)).trace_id(), quiet.trace_id());
    drop((span, unwanted, guard));
    exporting.end().await;
    let sent = receiver.named("fresh").remove(0);
    assert_eq!(sent.trace_id, u128::from_str_radix(&place.trace_id(), 16).unwrap().to_be_bytes());
    assert!(sent.parent_span_id.is_empty() && receiver.named("unwanted").is_empty());
}

#[tokio::test]
async fn a_collector_that_is_away_costs_one_line_and_the_spans() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (exporting, lines, guard) = listen(&address);
    for _ in 0..BATCH * 2 {
        drop(tracing::info_span!("lost"));
    }
    exporting.end().await;
    drop(guard);
    let lines = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert_eq!(lines.matches("the collector takes no spans").count(), 1, "{lines}");
    assert_eq!(lines.matches("the last spans did not reach").count(), 1, "{lines}");
}

#[tokio::test]
async fn a_collector_that_never_answers_stops_nobody() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let held = Arc::new(Mutex::new(Vec::new()));
    let keeps = Arc::clone(&held);
    let silent = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            keeps.lock().unwrap().push(stream.into_std().unwrap());
        }
    });
    let (exporting, _, guard) = listen(&address);
    // More than the queue holds: the surplus is dropped, nobody waits.
    for _ in 0..QUEUE * 3 {
        drop(tracing::info_span!("dropped"));
    }
    exporting.end().await;
    drop(guard);
    let waits = held.lock().unwrap().iter_mut().any(still_waits);
    assert!(waits, "the end waited for an answer that never came");
    silent.abort();
}

/// Whether whoever sent something there still waits for the answer.
fn still_waits(stream: &mut std::net::TcpStream) -> bool {
    let mut sent = [0; 4096];
    let mut is_asked = false;
    loop {
        match stream.read(&mut sent) {
            Ok(0) => return false,
            Ok(_) => is_asked = true,
            Err(error) => return is_asked && error.kind() == ErrorKind::WouldBlock,
        }
    }
}

#[test]
fn an_address_is_plain_http_with_or_without_the_standards_path() {
    let whole = "http://127.0.0.1:4318/v1/traces";
    for endpoint in ["http://127.0.0.1:4318", "http://127.0.0.1:4318/", whole] {
        assert_eq!(address(endpoint).unwrap(), whole);
    }
    for wrong in ["https://collector:4318", "collector:4318", "127.0.0.1", "http://", "收集器"] {
        assert!(address(wrong).unwrap_err().to_string().contains("http://host:4318"), "{wrong}");
    }
}

#[tokio::test]
async fn without_a_collector_there_is_no_layer_and_the_trace_still_has_places() {
    let (exporting, spans) = begin::<tracing_subscriber::Registry>(&settings(""), "peiyu").unwrap();
    assert!(spans.is_none());
    exporting.end().await;
    let caller = TraceParent::parse(CALLER).unwrap();
    let place = trace::begin(&tracing::info_span!("request"), Some(caller));
    assert!(place != caller && place.trace_id() == caller.trace_id());
}

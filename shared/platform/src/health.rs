//! What a process depends on, by name: is it there, since when, and if not, why.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use jiff::Timestamp;
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;

use crate::Shutdown;

/// How a dependency was seen last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Not seen yet.
    Starting,
    /// It answers.
    Up,
    /// It does not answer, and the work goes on without it: still ready, and somebody should know.
    Degraded,
    /// It does not answer, or answers what must not be.
    Down,
}

/// One dependency as `/readyz` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dependency {
    /// `postgres`, `nats`, `relay fence`, …
    pub name: String,
    /// How it was seen last.
    pub condition: Condition,
    /// Since when it has been in that condition (real time).
    pub since: Timestamp,
    /// Why it is down or degraded; never personal data, never an address with a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// All dependencies of a process; copies share what they know.
#[derive(Debug, Clone, Default)]
pub struct Health(Arc<Mutex<BTreeMap<String, Dependency>>>);

/// Says how one dependency fares.
#[derive(Debug, Clone)]
pub struct Probe {
    health: Health,
    name: Arc<str>,
}

impl Dependency {
    fn is_ready(&self) -> bool {
        match self.condition {
            Condition::Up | Condition::Degraded => true,
            Condition::Starting | Condition::Down => false,
        }
    }
}

impl Health {
    /// Nothing registered yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a dependency, which counts as starting (not ready) until its probe says more.
    #[must_use]
    pub fn register(&self, name: &str) -> Probe {
        let probe = Probe { health: self.clone(), name: name.into() };
        probe.set(Condition::Starting, None);
        probe
    }

    /// All dependencies, by name.
    #[must_use]
    pub fn dependencies(&self) -> Vec<Dependency> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// True when every dependency is up, or the work goes on without it.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.dependencies().iter().all(Dependency::is_ready)
    }
}

impl Probe {
    /// It answers.
    pub fn up(&self) {
        self.set(Condition::Up, None);
    }

    /// It does not, and the work goes on without it; `reason` is shown as with [`Probe::down`].
    pub fn degraded(&self, reason: impl Into<String>) {
        self.set(Condition::Degraded, Some(reason.into()));
    }

    /// It does not; `reason` is shown to everybody who asks for readiness.
    pub fn down(&self, reason: impl Into<String>) {
        self.set(Condition::Down, Some(reason.into()));
    }

    #[expect(clippy::disallowed_methods, reason = "health is told in real time")]
    fn set(&self, condition: Condition, reason: Option<String>) {
        let mut dependencies = self.health.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = dependencies.get_mut(&*self.name);
        match known {
            Some(known) if known.condition == condition => known.reason = reason,
            Some(_) | None => {
                let (name, since) = (self.name.to_string(), Timestamp::now());
                dependencies.insert(name.clone(), Dependency { name, condition, since, reason });
            }
        }
    }
}

/// The answer of `/readyz`.
#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    dependencies: Vec<Dependency>,
}

/// `/healthz` (this process runs), `/readyz` (each dependency by name; 503 when the work waits for one) and `/metrics`.
pub fn operations_router(health: Health, metrics: PrometheusHandle) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readiness).with_state(health))
        .route("/metrics", get(metrics_text).with_state(metrics))
}

/// Serves `router` until asked to end; for services that have no HTTP of their own.
///
/// # Errors
/// When the address cannot be listened to, or the listener fails.
pub async fn serve_operations(
    address: SocketAddr,
    router: Router,
    shutdown: Shutdown,
) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind(address).await?;
    axum::serve(listener, router).with_graceful_shutdown(async move { shutdown.requested().await }).await
}

async fn readiness(State(health): State<Health>) -> impl IntoResponse {
    let dependencies = health.dependencies();
    let ready = dependencies.iter().all(Dependency::is_ready);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, dependencies }))
}

async fn metrics_text(State(metrics): State<PrometheusHandle>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics.render())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;

    async fn ask(router: &Router, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn readiness_names_the_dependency_that_is_down_and_says_why() {
        let health = Health::new();
        let router = operations_router(health.clone(), crate::telemetry::record_metrics().unwrap());
        let postgres = health.register("postgres");
        let nats = health.register("nats");
        postgres.up();
        assert_eq!(ask(&router, "/readyz").await.0, StatusCode::SERVICE_UNAVAILABLE, "nats is starting");
        nats.down("connection refused");
        let (status, body) = ask(&router, "/readyz").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(body.contains(r#""name":"nats","condition":"down""#), "{body}");
        assert!(body.contains("connection refused"), "{body}");
        nats.up();
        assert_eq!(ask(&router, "/readyz").await.0, StatusCode::OK);
        assert_eq!(ask(&router, "/healthz").await.0, StatusCode::OK);
    }

    #[test]
    fn a_condition_keeps_the_time_when_it_began() {
        let health = Health::new();
        let probe = health.register("nats");
        probe.down("first");
        let began = health.dependencies()[0].since;
        probe.down("second");
        let seen = &health.dependencies()[0];
        assert_eq!((seen.since, seen.reason.as_deref()), (began, Some("second")));
    }

    #[tokio::test]
    async fn metrics_are_rendered_as_prometheus_text() {
        let router = operations_router(Health::new(), crate::telemetry::record_metrics().unwrap());
        metrics::counter!("peiyu_test_total").increment(3);
        metrics::histogram!("peiyu_test_seconds").record(0.2);
        let (_, text) = ask(&router, "/metrics").await;
        assert!(text.contains("peiyu_test_total 3"), "{text}");
        assert!(text.contains(r#"peiyu_test_seconds_bucket{le="0.25"} 1"#), "{text}");
    }
}

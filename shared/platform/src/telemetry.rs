//! Logs (readable or JSON lines, to standard error), metrics (Prometheus text), and spans to a collector.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::export::{self, Exporting};
use crate::settings::Settings;

/// What is logged unless `RUST_LOG` or the settings say otherwise.
const DEFAULT_FILTER: &str = "info,sqlx=warn,async_nats=warn,hyper=warn,lettre=warn";
/// Bounds of every histogram in seconds: from one round trip to a stalled disk.
const SECONDS: &[f64] =
    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];
/// How often histograms are folded together, so that memory stays bounded when nobody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

static RECORDER: Mutex<Option<PrometheusHandle>> = Mutex::new(None);

/// Logs or metrics that cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is none.
    #[error("{filter:?} is no log filter; write it as `info,peiyu_relay=debug`")]
    Filter {
        /// As given.
        filter: String,
        /// Why.
        #[source]
        source: tracing_subscriber::filter::ParseError,
    },
    /// Spans cannot go where the settings say.
    #[error("telemetry.otlp_endpoint cannot be used")]
    Export(#[from] export::ExportError),
    /// The metrics recorder could not be built.
    #[error("metrics cannot be recorded")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
}

/// Sets up the logs of this process, and the way of its spans to a collector when the settings name one; `service`
/// is what the collector calls it. `RUST_LOG` goes before the settings. A second call changes nothing. Call it
/// within the runtime; end what it answers when the services have ended.
///
/// # Errors
/// When the filter or the collector's address cannot be read.
pub fn init(settings: &Settings, service: &str) -> Result<Exporting, TelemetryError> {
    let log = &settings.log;
    let variable = std::env::var("RUST_LOG").ok().filter(|filter| !filter.is_empty());
    let filter = variable.or_else(|| log.filter.clone()).unwrap_or_else(|| DEFAULT_FILTER.to_owned());
    let parsed = EnvFilter::builder()
        .parse(&filter)
        .map_err(|source| TelemetryError::Filter { filter: filter.clone(), source })?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = if log.json {
        lines.json().flatten_event(true).boxed()
    } else {
        use std::io::IsTerminal;
        lines.with_ansi(std::io::stderr().is_terminal()).boxed()
    };
    let (exporting, spans) = export::begin(settings, service)?;
    // Two layers need a filter each. One alone must not have one of its own: what `log::log_enabled!` was answered
    // on a thread would stick to the next line (see the filter of `export`).
    let first = match spans {
        Some(spans) => tracing_subscriber::registry().with(lines.with_filter(parsed)).with(spans).try_init(),
        None => tracing_subscriber::registry().with(lines).with(parsed).try_init(),
    };
    if first.is_err() {
        tracing::debug!("logs were set up before; the first set-up stays");
    }
    Ok(exporting)
}

/// Starts recording metrics in this process and returns where their text is had from. A second call returns
/// the first one's. Call it within the runtime.
///
/// # Errors
/// When another recorder was installed before.
pub fn record_metrics() -> Result<PrometheusHandle, TelemetryError> {
    let mut recorder = RECORDER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*recorder {
        return Ok(handle.clone());
    }
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?
        .install_recorder()?;
    *recorder = Some(handle.clone());
    let upkeep = handle.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP).await;
            upkeep.run_upkeep();
        }
    });
    Ok(handle)
}

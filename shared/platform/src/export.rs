//! Spans to a collector: OTLP over HTTP, in batches, from a thread of their own. A collector that is away or slow
//! costs spans and never time: the queue is bounded, what does not fit is dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::http::Uri;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider};
use tokio::runtime::Handle;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, dynamic_filter_fn};
use tracing_subscriber::registry::LookupSpan;

use crate::settings::Settings;

/// How long one batch may take to be delivered.
const SEND: Duration = Duration::from_secs(5);
/// How long what is left may take when the process ends.
const LAST: Duration = Duration::from_secs(2);
/// Ended spans wait this long for company.
const GATHER: Duration = Duration::from_secs(1);
/// Spans that wait; a few MiB at most.
const QUEUE: usize = 4096;
/// Spans of one batch.
const BATCH: usize = 512;
/// Where a collector takes spans.
const PATH: &str = "/v1/traces";

/// A collector that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The address is none.
    #[error(
        "{endpoint:?} is no address of a collector; write http://host:4318 (plain HTTP: for TLS let a collector on \
         this machine pass the spans on)"
    )]
    Endpoint {
        /// As given.
        endpoint: String,
    },
    /// The exporter could not be built.
    #[error("the exporter of spans cannot be built")]
    Exporter(#[from] ExporterBuildError),
}

/// Spans on their way; nothing when no collector is named.
#[derive(Debug)]
#[must_use = "what waits is delivered by ending it"]
pub struct Exporting(Option<Way>);

#[derive(Debug)]
struct Way {
    provider: SdkTracerProvider,
    is_away: Arc<AtomicBool>,
}

impl Exporting {
    /// Delivers what waits, for two seconds at most.
    pub async fn end(self) {
        let Some(Way { provider, is_away }) = self.0 else { return };
        let ended = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(LAST)).await;
        if !matches!(ended, Ok(Ok(()))) || is_away.load(Ordering::Relaxed) {
            tracing::warn!("the last spans did not reach the collector");
        }
    }
}

/// The layer that gives spans to the collector of the settings, if they name one.
///
/// # Errors
/// When the address cannot be used.
pub(crate) fn begin<S>(
    settings: &Settings,
    service: &str,
) -> Result<(Exporting, Option<impl Layer<S> + use<S>>), ExportError>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let endpoint = settings.telemetry.otlp_endpoint.as_deref().unwrap_or_default();
    if endpoint.is_empty() {
        return Ok((Exporting(None), None));
    }
    let is_away = Arc::default();
    let provider = provider(endpoint, &settings.tenant, service, &is_away)?;
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("peiyu"))
        .with_location(false)
        .with_threads(false)
        .with_level(false)
        .with_tracked_inactivity(false)
        // Our spans only, and no log lines: those may quote what a server said. A filter whose answers may be
        // remembered would not be asked for each span, and one would get the answer that stands from whatever was
        // asked last on its thread: `log::log_enabled!` of a database driver, "no".
        .with_filter(
            dynamic_filter_fn(|what, _| what.is_span() && what.target().starts_with("peiyu"))
                .with_max_level_hint(LevelFilter::INFO),
        );
    Ok((Exporting(Some(Way { provider, is_away })), Some(layer)))
}

fn provider(
    endpoint: &str,
    tenant: &str,
    service: &str,
    is_away: &Arc<AtomicBool>,
) -> Result<SdkTracerProvider, ExportError> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(address(endpoint)?)
        .with_timeout(SEND)
        .with_http_client(Collector {
            runtime: Handle::current(),
            client: HyperClient::with_default_connector(SEND, None),
            is_away: Arc::clone(is_away),
        })
        .build()?;
    let pace = BatchConfigBuilder::default()
        .with_max_queue_size(QUEUE)
        .with_max_export_batch_size(BATCH)
        .with_scheduled_delay(GATHER)
        .build();
    let resource = Resource::builder_empty()
        .with_service_name(service.to_owned())
        .with_attribute(KeyValue::new("service.namespace", tenant.to_owned()))
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    Ok(SdkTracerProvider::builder()
        .with_span_processor(BatchSpanProcessor::builder(exporter).with_batch_config(pace).build())
        .with_resource(resource)
        .build())
}

/// Where the spans go; with or without the path that the standard sets.
fn address(endpoint: &str) -> Result<String, ExportError> {
    let wrong = || ExportError::Endpoint { endpoint: endpoint.to_owned() };
    let uri: Uri = endpoint.parse().map_err(|_| wrong())?;
    if uri.scheme_str() != Some("http") || uri.host().is_none_or(str::is_empty) || uri.query().is_some() {
        return Err(wrong());
    }
    let base = endpoint.trim_end_matches('/');
    Ok(format!("{}{PATH}", base.strip_suffix(PATH).unwrap_or(base)))
}

/// The way to the collector. The exporter waits on a thread without a runtime, so requests run on ours; one line
/// says that the collector went away, and one that it is back.
#[derive(Debug)]
struct Collector {
    runtime: Handle,
    client: HyperClient,
    is_away: Arc<AtomicBool>,
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (client, is_away) = (self.client.clone(), Arc::clone(&self.is_away));
        let sent = self.runtime.spawn(async move {
            let sent = client.send_bytes(request).await;
            tell(&is_away, &sent);
            sent
        });
        sent.await.unwrap_or_else(|cut_off| Err(cut_off.into()))
    }
}

fn tell(is_away: &AtomicBool, sent: &Result<Response<Bytes>, HttpError>) {
    let fault = match sent {
        Ok(answer) if answer.status().is_success() => None,
        Ok(answer) => Some(format!("it answers {}", answer.status())),
        Err(error) => Some(error.to_string()),
    };
    let was_away = is_away.swap(fault.is_some(), Ordering::Relaxed);
    match fault {
        Some(fault) if !was_away => {
            tracing::warn!(fault, "the collector takes no spans; they are lost until it does");
        }
        None if was_away => tracing::info!("the collector takes spans again"),
        Some(_) | None => {}
    }
}

#[cfg(test)]
mod tests;

//! How far outside subscribers are behind, for whoever watches: their durables, looked at now and then.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use peiyu_bus::{Bus, BusError, Stream};
use peiyu_contracts::subject::stream_name;
use peiyu_platform::{Clock, Settings, Shutdown};
use peiyu_store::Store;

use crate::{RelayError, left_behind, metric};

const EVERY: Duration = Duration::from_secs(5);

/// What is shown of the subscribers.
struct Found {
    lags: Vec<Lag>,
    /// Names of those on an ended epoch's stream.
    left: BTreeSet<String>,
}

/// A durable's lag.
struct Lag {
    name: String,
    undelivered: u64,
    unacknowledged: u64,
    seconds: f64,
}

pub(crate) async fn run(
    store: &Store,
    settings: &Settings,
    clock: &Clock,
    shutdown: &Shutdown,
) -> Result<(), RelayError> {
    let mut bus = None;
    let mut known = BTreeSet::new();
    loop {
        match look(&mut bus, store, settings, clock).await {
            Ok(found) => show(&mut known, found),
            // The publisher meets the same servers, and says so.
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "subscribers were not looked at");
            }
        }
        if !shutdown.sleep(EVERY).await {
            return Ok(());
        }
    }
}

async fn look(
    bus: &mut Option<Bus>,
    store: &Store,
    settings: &Settings,
    clock: &Clock,
) -> Result<Found, RelayError> {
    let nats = &settings.nats;
    let bus = match bus {
        Some(bus) => bus,
        None => {
            let (user, password) = nats.login(nats.relay.as_ref());
            bus.insert(Bus::connect(&nats.url, user, password).await?)
        }
    };
    let epoch = store.feed_head().await?.epoch;
    let stream = Stream::named(bus, &stream_name(&settings.tenant, epoch));
    let durables = match stream.durables().await {
        Err(BusError::NoStream { .. }) => Vec::new(),
        found => found?,
    };
    let left = left_behind(bus, &settings.tenant, epoch, &durables).await?;
    let mut lags = Vec::with_capacity(durables.len());
    for durable in durables {
        let oldest = stream.oldest_undelivered(&durable).await?;
        let recorded_at = oldest.and_then(|oldest| oldest.header("ce-time")?.parse::<Timestamp>().ok());
        let age = recorded_at.map_or(0.0, |at| clock.now().duration_since(at).as_secs_f64());
        lags.push(Lag {
            name: durable.name,
            undelivered: durable.undelivered,
            unacknowledged: durable.unacknowledged,
            seconds: age.max(0.0),
        });
    }
    Ok(Found { lags, left: left.into_iter().map(|left| left.durable.name).collect() })
}

#[expect(clippy::cast_precision_loss, reason = "gauges are floating point, precise below 2^53")]
fn show(known: &mut BTreeSet<String>, Found { lags, left }: Found) {
    let set = |name: &str, undelivered: f64, unacknowledged: f64, seconds: f64| {
        let labels = [("subscriber", name.to_owned())];
        metrics::gauge!(metric::SUBSCRIBER_LAG_EVENTS, &labels).set(undelivered);
        metrics::gauge!(metric::SUBSCRIBER_UNACKNOWLEDGED, &labels).set(unacknowledged);
        metrics::gauge!(metric::SUBSCRIBER_LAG_SECONDS, &labels).set(seconds);
    };
    let end = |name: &str, ended: f64| {
        metrics::gauge!(metric::SUBSCRIBER_ENDED_EPOCH, "subscriber" => name.to_owned()).set(ended);
    };
    let present: BTreeSet<String> = lags.iter().map(|lag| &lag.name).chain(&left).cloned().collect();
    // One that was taken away lags no more.
    for gone in known.difference(&present) {
        set(gone, 0.0, 0.0, 0.0);
        end(gone, 0.0);
    }
    for lag in &lags {
        set(&lag.name, lag.undelivered as f64, lag.unacknowledged as f64, lag.seconds);
        end(&lag.name, 0.0);
    }
    for name in &left {
        set(name, f64::NAN, f64::NAN, f64::NAN);
        end(name, 1.0);
    }
    *known = present;
}

//! The publisher: compares, then publishes page after page, and compares again whenever something happened.

use std::time::Duration;

use peiyu_bus::{Bus, BusError, Stream, StreamSettings};
use peiyu_contracts::subject::{all_subjects, stream_name};
use peiyu_platform::{Backoff, Clock, Probe, Settings, Shutdown};
use peiyu_store::{Store, Wake, WakeChannel};
use tokio::sync::Notify;

use crate::fence::{Verdict, compare};
use crate::pages::{Begun, publish};
use crate::watch::Progress;
use crate::{Difference, LONGEST_WAIT, RelayError, SHORTEST_WAIT, chain, metric};

/// A stream that differs is looked at again this often; somebody may have mended it.
const LOOK_AT_STOPPED: Duration = Duration::from_secs(5);

/// What the publisher works with.
pub(crate) struct Parts<'a> {
    pub store: &'a Store,
    pub settings: &'a Settings,
    pub clock: &'a Clock,
    pub probe: &'a Probe,
    pub progress: &'a Progress,
    /// Told by the sequencer beside this publisher.
    pub sequenced: &'a Notify,
    pub shutdown: &'a Shutdown,
}

/// What outlives a turn.
#[derive(Default)]
struct Known {
    bus: Option<Bus>,
    wake: Option<Wake>,
}

pub(crate) async fn run(parts: &Parts<'_>) -> Result<(), RelayError> {
    let mut backoff = Backoff::new(SHORTEST_WAIT, LONGEST_WAIT);
    let mut known = Known::default();
    while !parts.shutdown.is_requested() {
        let outcome = tokio::select! {
            // An interrupted batch is one that the server forgets; the next comparison goes on from there.
            () = parts.shutdown.requested() => return Ok(()),
            outcome = turn(parts, &mut known) => outcome,
        };
        match outcome {
            Ok(()) => backoff.reset(),
            Err(RelayError::Bus(BusError::Fence { code, description })) => {
                tracing::debug!(
                    code,
                    description,
                    "fenced off: another relay has published, or an answer was lost"
                );
                parts.shutdown.sleep(SHORTEST_WAIT).await;
            }
            Err(RelayError::Bus(error)) if wants_somebody(&error) => {
                stopped(parts, "refused", &chain(&error), 0);
                parts.shutdown.sleep(LOOK_AT_STOPPED).await;
            }
            Err(error) if passes(&error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "publishing is tried again");
                parts.probe.down(chain(&error));
                backoff.wait(parts.shutdown).await;
            }
            Err(error) => {
                parts.probe.down(chain(&error));
                return Err(error);
            }
        }
    }
    Ok(())
}

/// A refusal (an old server, a stream with other settings, no rights, no space, subjects of another stream) is an
/// operator's to mend, and then publishing goes on; ending the process would take the sequencer along.
fn wants_somebody(error: &BusError) -> bool {
    match error {
        BusError::Unfit { .. } | BusError::Refused { .. } | BusError::Setting { .. } => true,
        BusError::Unavailable { .. }
        | BusError::NoStream { .. }
        | BusError::Fence { .. }
        | BusError::Unreadable { .. }
        | BusError::Gap { .. }
        | BusError::TooLarge { .. } => false,
    }
}

/// Whether waiting and comparing again may help.
fn passes(error: &RelayError) -> bool {
    match error {
        RelayError::Store(error) => error.is_transient(),
        RelayError::Schema(_) | RelayError::Bus(BusError::TooLarge { .. }) => false,
        RelayError::Bus(_) => true,
    }
}

/// From a comparison to the next one.
async fn turn(parts: &Parts<'_>, known: &mut Known) -> Result<(), RelayError> {
    let bus = match &known.bus {
        Some(bus) => bus.clone(),
        None => {
            let nats = &parts.settings.nats;
            let (user, password) = nats.login(nats.relay.as_ref());
            let bus = Bus::connect(&nats.url, user, password).await?;
            known.bus.insert(bus).clone()
        }
    };
    let connects = bus.connects();
    bus.must_fit().await?;
    let epoch = parts.store.feed_head().await?.epoch;
    let settings = stream_settings(parts.settings, epoch);
    let stream = Stream::named(&bus, &settings.name);
    let keep_days = settings.keep_days;
    let verdict = compare(parts.store, &stream, parts.clock.now(), keep_days).await?;
    match verdict {
        Verdict::Stop(difference) => {
            differs(parts, &settings.name, &difference);
            parts.shutdown.sleep(LOOK_AT_STOPPED).await;
            Ok(())
        }
        Verdict::Make { first } => {
            close_earlier_epochs(&bus, parts.settings, epoch).await?;
            tracing::info!(stream = settings.name, first, "making the stream");
            let stream = Stream::ensure(&bus, &settings, first).await?;
            // Another relay may have made it at the same moment: what it is shows in the next comparison.
            metrics::counter!(metric::COMPARED, "outcome" => "made").increment(1);
            stream.state().await?;
            Ok(())
        }
        Verdict::GoOn { after, id } => {
            let stream = Stream::ensure(&bus, &settings, 1).await?;
            going_on(parts, after);
            let wake = match known.wake.take() {
                Some(wake) => wake,
                None => parts.store.listen(WakeChannel::Sequenced).await?,
            };
            let wake = known.wake.insert(wake);
            let begun = Begun { stream: &stream, epoch, connects, after, id };
            publish(parts, begun, wake).await
        }
    }
}

fn going_on(parts: &Parts<'_>, after: u64) {
    parts.probe.up();
    parts.progress.published(after);
    metrics::counter!(metric::COMPARED, "outcome" => "equal").increment(1);
    metrics::gauge!(metric::STOPPED).set(0.0);
    metrics::gauge!(metric::STREAM_GAPS).set(0.0);
}

fn differs(parts: &Parts<'_>, stream: &str, difference: &Difference) {
    let remedy = difference.remedy();
    let reason = format!("stream {stream} and the feed differ: {difference}; {remedy}");
    stopped(parts, "different", &reason, difference.missing());
}

/// Loudly: in the log, in `/readyz` and as a metric.
fn stopped(parts: &Parts<'_>, outcome: &'static str, reason: &str, missing: u64) {
    tracing::error!(reason, "publishing has stopped; nothing was changed; see `peiyu doctor`");
    parts.probe.down(reason);
    metrics::counter!(metric::COMPARED, "outcome" => outcome).increment(1);
    metrics::gauge!(metric::STOPPED).set(1.0);
    #[expect(clippy::cast_precision_loss, reason = "gauges are floating point, precise below 2^53")]
    metrics::gauge!(metric::STREAM_GAPS).set(missing as f64);
}

/// The stream of an epoch, as the relay makes it and `peiyu doctor` looks for it.
#[must_use]
pub fn stream_settings(settings: &Settings, epoch: i32) -> StreamSettings {
    StreamSettings {
        name: stream_name(&settings.tenant, epoch),
        subjects: vec![all_subjects(&settings.tenant)],
        keep_days: settings.nats.keep_days,
        replicas: 1,
    }
}

/// A restore began a new epoch: the old stream stays as it is, but takes no more messages.
async fn close_earlier_epochs(bus: &Bus, settings: &Settings, epoch: i32) -> Result<(), RelayError> {
    for earlier in 1..epoch {
        let name = stream_name(&settings.tenant, earlier);
        let subject = format!("peiyu.closed.{}.{earlier}", settings.tenant);
        if Stream::named(bus, &name).close(&subject).await? {
            tracing::info!(stream = name, "closed the stream of an ended epoch; it is kept");
        }
    }
    Ok(())
}

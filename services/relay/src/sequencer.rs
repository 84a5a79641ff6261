//! The sequencer: moves committed events into the feed, whether NATS is there or not.

use std::time::Duration;

use peiyu_platform::{Backoff, Probe, Shutdown, failpoint};
use peiyu_store::{Store, WakeChannel};
use tokio::sync::Notify;

use crate::{LONGEST_WAIT, RelayError, SHORTEST_WAIT, chain};

/// Events that get their positions in one transaction.
const AT_ONCE: usize = 1000;
/// A lost hint costs this much at most.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

pub(crate) async fn run(
    store: &Store,
    sequenced: &Notify,
    postgres: &Probe,
    shutdown: &Shutdown,
) -> Result<(), RelayError> {
    let mut backoff = Backoff::new(SHORTEST_WAIT, LONGEST_WAIT);
    let mut wake = None;
    while !shutdown.is_requested() {
        if wake.is_none() {
            // Without a listener it still looks every quarter of a second.
            wake = store.listen(WakeChannel::Appended).await.ok();
        }
        match store.sequence_untold(AT_ONCE).await {
            Ok(moved) => {
                if moved > 0 {
                    failpoint("relay.sequenced");
                    // The publisher beside us first; the hint to others goes out while it reads.
                    sequenced.notify_one();
                    store.notify_sequenced().await;
                }
                succeeded(postgres, &mut backoff);
                // Whatever was appended since has a hint of its own. To look again at once would cost the writers
                // more than it gains.
                if moved < AT_ONCE {
                    tokio::select! {
                        () = shutdown.requested() => {}
                        () = wait(&mut wake) => {}
                    }
                }
            }
            Err(error) if error.is_transient() => {
                tracing::warn!(error = &error as &dyn std::error::Error, "sequencing is tried again");
                postgres.down(chain(&error));
                backoff.wait(shutdown).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn succeeded(postgres: &Probe, backoff: &mut Backoff) {
    postgres.up();
    backoff.reset();
}

async fn wait(wake: &mut Option<peiyu_store::Wake>) {
    match wake {
        Some(wake) => wake.wait(LOOK_AGAIN).await,
        None => tokio::time::sleep(LOOK_AGAIN).await,
    }
}

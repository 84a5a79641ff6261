//! An epoch begins: a number above every one that was seen, and an event that says up to where both agree.

use jiff::{SignedDuration, Timestamp};
use peiyu_application::{Application, Parts, Request};
use peiyu_contracts::Origin;
use peiyu_contracts::subject::stream_name;
use peiyu_domain::installation::commands::BeginEpoch;
use peiyu_platform::Clock;
use peiyu_store::{Appender, Store};
use peiyu_vault::Vault;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::failure::Failure;

/// Events that get their positions in one transaction.
const AT_ONCE: usize = 1000;

/// What came of it.
#[derive(Debug)]
pub(crate) struct Began {
    /// The epoch.
    pub epoch: i32,
    /// Last position that it shares with the one before.
    pub last_position: i64,
    /// Last position now.
    pub position: i64,
}

/// The highest epoch among the tenant's streams; 0 for none.
pub(crate) fn highest(names: &[String], tenant: &str) -> i32 {
    let first = stream_name(tenant, 1);
    let prefix = first.strip_suffix('1').unwrap_or(&first);
    names.iter().filter_map(|name| name.strip_prefix(prefix)?.parse().ok()).max().unwrap_or(0)
}

/// In what the epoch begins.
pub(crate) struct Within<'a> {
    pub(crate) store: &'a Store,
    pub(crate) vault: Vault,
    pub(crate) tenant: &'a str,
    /// How far the system's clock is ahead.
    pub(crate) offset_seconds: i64,
    /// When the backup was taken, if the store was restored.
    pub(crate) backed_up_at: Option<Timestamp>,
}

/// Begins the epoch and appends the event that says so; after a restore it also ends every session, since nobody
/// knows which were ended since the backup.
pub(crate) async fn begin(within: Within<'_>, seen: i32) -> Result<Began, Failure> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        Failure::failed("新纪元没有开始", "the new epoch could not be begun").because(error)
    };
    let Within { store, vault, tenant, offset_seconds, backed_up_at } = within;
    if backed_up_at.is_some() {
        peiyu_api::end_sessions(store.pool()).await.map_err(|error| failed(error.into()))?;
    }
    // Events that had no position yet may have got others in the life that is lost.
    let before = store.feed_head().await.map_err(|error| failed(error.into()))?;
    let last = store.feed_at(before.position).await.map_err(|error| failed(error.into()))?;
    let head = store.begin_epoch_above(seen).await.map_err(|error| failed(error.into()))?;
    let stop = CancellationToken::new();
    let application = Application::new(Parts {
        appender: Appender::start(store.clone(), stop.clone()),
        store: store.clone(),
        vault,
        clock: Clock::machine(SignedDuration::from_secs(offset_seconds)),
        tenant: tenant.to_owned(),
    });
    let command = BeginEpoch {
        epoch: head.epoch,
        earlier_epoch: before.epoch,
        last_position: before.position,
        last_event: last.map(|event| event.metadata.event_id),
        backed_up_at,
    };
    let begun = application.begin_epoch(&request(&application), command).await;
    stop.cancel();
    begun.map_err(|error| failed(error.into()))?;
    while store.sequence_once(AT_ONCE).await.map_err(|error| failed(error.into()))? > 0 {}
    let position = store.feed_head().await.map_err(|error| failed(error.into()))?.position;
    store.pool().close().await;
    Ok(Began { epoch: head.epoch, last_position: before.position, position })
}

fn request(application: &Application) -> Request {
    let command_id = Uuid::now_v7();
    Request {
        actor: application.operator(),
        command_id,
        digest: application.vault().keyed_hash("epoch", &command_id.to_string()),
        correlation_id: command_id,
        causation_id: None,
        if_match: None,
        origin: Origin::Live,
    }
}

#[cfg(test)]
mod tests {
    use super::highest;

    #[test]
    fn the_highest_epoch_is_that_of_the_own_streams() {
        let names = ["PEIYU_demo_1", "PEIYU_demo_12", "PEIYU_demo_3", "PEIYU_other_40", "PEIYU_demo_x"];
        let names: Vec<String> = names.map(str::to_owned).to_vec();
        assert_eq!(highest(&names, "demo"), 12);
        assert_eq!(highest(&names, "nobody"), 0);
    }
}

//! The epoch that a restore begins: above every one that was seen here, put on record before any service starts.

use std::fs;

use jiff::SignedDuration;
use peiyu_application::{Application, Parts, Request};
use peiyu_bus::Bus;
use peiyu_contracts::Origin;
use peiyu_contracts::subject::stream_name;
use peiyu_domain::installation::commands::BeginEpoch;
use peiyu_platform::Clock;
use peiyu_servers::{Nats, NatsOptions, PostgresServer};
use peiyu_store::{Appender, Store};
use peiyu_vault::Vault;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::events_url;
use crate::archive;
use crate::beside::away;
use crate::failure::Failure;
use crate::place::{Place, write_private};
use crate::verbs::up::server_failure;

/// Events that get their positions in one transaction.
const AT_ONCE: usize = 1000;

/// What came of it.
#[derive(Debug)]
pub(super) struct Began {
    pub(super) epoch: i32,
    pub(super) last_position: i64,
    pub(super) erased: usize,
}

/// The highest epoch that this folder knows of: from streams that a backup may be older than, and from earlier
/// restores. A stream of an ended epoch is kept, so its number is never given again.
pub(super) async fn seen(place: &Place, tenant: &str) -> Result<i32, Failure> {
    let noted = fs::read_to_string(place.epoch()).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    if !place.nats().exists() {
        return Ok(noted);
    }
    let nats = Nats::find().map_err(|error| server_failure(error.into()))?;
    let server = nats.start(&place.nats(), &NatsOptions::default()).await.map_err(server_failure)?;
    let names = async {
        let bus = Bus::connect(&server.url(), Some(server.user()), Some(server.password())).await?;
        bus.stream_names().await
    };
    let names = names.await.map_err(|error| away("NATS", error));
    server.stop().await.map_err(server_failure)?;
    Ok(highest(&names?, tenant).max(noted))
}

/// The highest epoch among the tenant's streams; 0 for none.
fn highest(names: &[String], tenant: &str) -> i32 {
    let first = stream_name(tenant, 1);
    let prefix = first.strip_suffix('1').unwrap_or(&first);
    names.iter().filter_map(|name| name.strip_prefix(prefix)?.parse().ok()).max().unwrap_or(0)
}

/// Notes the epoch outside the database, for a restore after the next loss.
pub(super) fn note(place: &Place, epoch: i32) -> Result<(), Failure> {
    write_private(&place.epoch(), &format!("{epoch}\n"))
}

/// Brings the restored database up to date, begins the epoch and appends the event that says so.
pub(super) async fn begin(
    server: &PostgresServer,
    vault: Vault,
    backup: &archive::Events,
    offset_seconds: i64,
    seen: i32,
) -> Result<Began, Failure> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        Failure::failed("新纪元没有开始", "the new epoch could not be begun").because(error)
    };
    let store = Store::connect(&events_url(server), 4).await.map_err(|error| failed(error.into()))?;
    peiyu_store::migrate(store.pool()).await.map_err(|error| failed(error.into()))?;
    peiyu_views::generation::migrate(store.pool()).await.map_err(|error| failed(error.into()))?;
    peiyu_api::migrate(store.pool()).await.map_err(|error| failed(error.into()))?;
    peiyu_api::end_sessions(store.pool()).await.map_err(|error| failed(error.into()))?;
    // Events that had no position yet may have got others in the life that is lost.
    let last_position = store.feed_head().await.map_err(|error| failed(error.into()))?.position;
    let head = store.begin_epoch_above(seen).await.map_err(|error| failed(error.into()))?;
    let stop = CancellationToken::new();
    let application = Application::new(Parts {
        appender: Appender::start(store.clone(), stop.clone()),
        store: store.clone(),
        vault,
        clock: Clock::machine(SignedDuration::from_secs(offset_seconds)),
        tenant: backup.source.tenant.clone(),
    });
    let command = BeginEpoch {
        epoch: head.epoch,
        backup_epoch: backup.epoch,
        last_position,
        last_event: backup.last_event,
        backed_up_at: backup.source.taken_at,
    };
    let begun = application.begin_epoch(&request(&application), command).await;
    stop.cancel();
    begun.map_err(|error| failed(error.into()))?;
    while store.sequence_once(AT_ONCE).await.map_err(|error| failed(error.into()))? > 0 {}
    store.pool().close().await;
    Ok(Began { epoch: head.epoch, last_position, erased: 0 })
}

fn request(application: &Application) -> Request {
    let command_id = Uuid::now_v7();
    Request {
        actor: application.operator(),
        command_id,
        digest: application.vault().keyed_hash("restore", &command_id.to_string()),
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

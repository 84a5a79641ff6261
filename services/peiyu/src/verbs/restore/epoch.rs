//! Which epochs a data folder knows of, so that a restore begins one that nobody has seen.

use std::fs;

use peiyu_bus::Bus;
use peiyu_servers::{Nats, NatsOptions};

use crate::beside::away;
use crate::failure::Failure;
use crate::new_epoch::highest;
use crate::place::{Place, write_private};
use crate::verbs::up::server_failure;

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

/// Notes the epoch outside the database, for a restore after the next loss.
pub(super) fn note(place: &Place, epoch: i32) -> Result<(), Failure> {
    write_private(&place.epoch(), &format!("{epoch}\n"))
}

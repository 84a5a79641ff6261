//! Subscribers that were left on the stream of an ended epoch: nothing comes there any more, so they lack nothing of
//! it, and everything since.

use peiyu_bus::{Bus, BusError, Durable, Stream};
use peiyu_contracts::subject::stream_name;

/// A durable on the stream of an ended epoch, of a subscriber that has none on the present one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftBehind {
    /// The epoch that ended.
    pub epoch: i32,
    /// The durable, as it stands on that epoch's stream.
    pub durable: Durable,
}

/// Who was left behind: `present` are the durables of the present `epoch`'s stream. Streams that are gone left
/// nobody anything.
///
/// # Errors
/// [`BusError::Unavailable`].
pub async fn left_behind(
    bus: &Bus,
    tenant: &str,
    epoch: i32,
    present: &[Durable],
) -> Result<Vec<LeftBehind>, BusError> {
    let mut left: Vec<LeftBehind> = Vec::new();
    // The latest first: who was on several is told of once, where it was last.
    for ended in (1..epoch).rev() {
        let durables = match Stream::named(bus, &stream_name(tenant, ended)).durables().await {
            Err(BusError::NoStream { .. }) => continue,
            found => found?,
        };
        for durable in durables {
            let is_known = present.iter().any(|known| known.name == durable.name)
                || left.iter().any(|known| known.durable.name == durable.name);
            if !is_known {
                left.push(LeftBehind { epoch: ended, durable });
            }
        }
    }
    Ok(left)
}

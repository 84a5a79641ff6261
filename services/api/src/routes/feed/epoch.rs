//! Whether a subscriber counts in the present epoch: positions of an ended one may name other events.

use peiyu_store::FeedHead;
use serde_json::json;

use crate::Api;
use crate::problem::{Code, Problem};

/// Lets through who counts in the present epoch, or in none.
pub(crate) async fn check(api: &Api, known: Option<i32>, head: FeedHead) -> Result<(), Problem> {
    let Some(known) = known.filter(|known| *known != head.epoch) else { return Ok(()) };
    // An epoch that no event began shares nothing that is known.
    let shared = api.application().shared_with_epoch(known).await?.unwrap_or(0);
    let (epoch, head) = (head.epoch, head.position);
    let facts = json!({ "known": known, "epoch": epoch, "head": head, "shared_position": shared });
    Err(Problem::with_facts(Code::EpochChanged, facts))
}

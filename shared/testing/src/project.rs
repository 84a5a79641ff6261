//! Brings every read model to the feed's head, and carries out what operators asked for, as the projector does.

use jiff::Timestamp;
use peiyu_projector::Feed;
use peiyu_store::Store;
use peiyu_vault::Vault;
use peiyu_views::parked::Work;
use peiyu_views::{PageSource, View, apply, checkpoint};

use crate::house::must;

/// Events that get their positions in one go.
const SEQUENCED: usize = 1000;

/// Gives positions to what waits for them, then takes the feed into every read model.
///
/// # Panics
/// When the database does not answer or an event cannot be read.
pub async fn project(store: &Store, vault: &Vault) {
    while must(store.sequence_once(SEQUENCED).await, "give positions") > 0 {}
    let feed = Feed::new(store.clone(), vault.clone());
    loop {
        let after = must(checkpoint::least_position(store.pool(), View::ALL).await, "read the checkpoints");
        let page = feed.page(after).await.unwrap_or_else(|error| panic!("read the feed: {error}"));
        if page.is_empty() {
            return;
        }
        for view in View::ALL {
            must(apply::apply_page(store.pool(), *view, &page).await, "take the page in");
        }
    }
}

/// Carries out every request about parked events.
///
/// # Panics
/// When the database does not answer or an event cannot be read.
pub async fn carry_out(store: &Store, vault: &Vault) {
    let feed = Feed::new(store.clone(), vault.clone());
    let Some(mut work) = must(Work::take(store.pool()).await, "take the turn") else { return };
    for request in must(work.open().await, "read the requests") {
        let done = request.carry_out(store.pool(), &feed, Timestamp::UNIX_EPOCH, || false).await;
        must(done, "carry a request out");
    }
    work.give_back().await;
}

//! States that were folded a moment ago, so that the next command about the same aggregate does not read it again.
//!
//! A hint and nothing more: a command rests on the version of every state that it took from here
//! ([`crate::handle::Frame::note`]), and the append checks versions under its locks. A state that others moved on
//! costs another attempt, never a wrong event. Queries do not look here.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use peiyu_domain::Aggregate;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use uuid::Uuid;

use crate::{Loaded, metric};

/// Bytes of events, as stored, whose states are kept; the states themselves take about as much.
const MOST_BYTES: u64 = 8 * 1024 * 1024;
/// States of common size that fit; only the first size of the table follows from it.
const ABOUT_STATES: usize = 4096;
/// As long as the vault holds a key open: for no longer may what was just erased be decided upon.
const KEPT_FOR: Duration = Duration::from_secs(60);

type Key = (&'static str, Uuid);

/// How a command deals with kept states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Memory {
    /// Takes them.
    Use,
    /// Reads anew and keeps what it read: the attempt before went wrong.
    Renew,
    /// Neither: an import reads each aggregate once.
    Leave,
}

/// The states of one process, bounded by the bytes of their events and by age.
#[derive(Debug)]
pub struct States(Cache<Key, Kept, Bytes>);

#[derive(Debug, Clone)]
struct Kept {
    loaded: Arc<dyn Any + Send + Sync>,
    version: i64,
    bytes: usize,
    read_at: Instant,
}

#[derive(Debug, Clone)]
struct Bytes;

impl Weighter<Key, Kept> for Bytes {
    fn weight(&self, _: &Key, kept: &Kept) -> u64 {
        const ENTRY: u64 = 256;
        ENTRY + u64::try_from(kept.bytes).unwrap_or(u64::MAX - ENTRY)
    }
}

impl Default for States {
    fn default() -> Self {
        Self(Cache::with_weighter(ABOUT_STATES, MOST_BYTES, Bytes))
    }
}

impl States {
    /// The state as it was kept, unless that is too long ago.
    #[must_use]
    pub fn get<A: Aggregate>(&self, id: Uuid) -> Option<Arc<Loaded<A>>> {
        let key = (A::TYPE, id);
        let kept = self.0.get(&key).filter(|kept| kept.read_at.elapsed() < KEPT_FOR);
        let found = kept.and_then(|kept| kept.loaded.downcast::<Loaded<A>>().ok());
        let from = if found.is_some() { "memory" } else { "store" };
        metrics::counter!(metric::STATES, "from" => from).increment(1);
        found
    }

    /// Keeps a state, unless a later one is kept already. One that does not exist is not worth a place.
    pub fn keep<A: Aggregate>(&self, loaded: Arc<Loaded<A>>) {
        let key = (A::TYPE, loaded.id);
        let later = self.0.peek(&key).is_some_and(|kept| kept.version > loaded.version);
        if later || !loaded.exists() {
            return;
        }
        let (version, bytes, read_at) = (loaded.version, loaded.bytes, loaded.read_at);
        self.0.insert(key, Kept { loaded, version, bytes, read_at });
        #[expect(clippy::cast_precision_loss, reason = "a few megabytes")]
        metrics::gauge!(metric::STATES_BYTES).set(self.0.weight() as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use peiyu_domain::member::Member;

    fn loaded(number: u128, version: i64, bytes: usize) -> Arc<Loaded<Member>> {
        Arc::new(Loaded { version, bytes, ..Loaded::absent(Uuid::from_u128(number)) })
    }

    #[test]
    fn an_earlier_state_does_not_replace_a_later_one() {
        let states = States::default();
        states.keep(loaded(1, 3, 10));
        states.keep(loaded(1, 2, 10));
        assert_eq!(states.get::<Member>(Uuid::from_u128(1)).map(|kept| kept.version), Some(3));
    }

    #[test]
    fn what_does_not_exist_is_not_kept() {
        let states = States::default();
        states.keep(loaded(1, 0, 0));
        assert!(states.get::<Member>(Uuid::from_u128(1)).is_none());
    }

    #[test]
    fn what_was_read_too_long_ago_is_read_again() {
        let states = States::default();
        let Some(long_ago) = Instant::now().checked_sub(KEPT_FOR) else { return };
        states.keep(Arc::new(Loaded { read_at: long_ago, ..loaded(1, 3, 10).as_ref().clone() }));
        assert!(states.get::<Member>(Uuid::from_u128(1)).is_none());
    }

    #[test]
    fn the_bytes_stay_below_the_bound() {
        let states = States::default();
        for number in 0..2_000 {
            states.keep(loaded(number, 1, 20_000));
        }
        assert!(states.0.weight() <= MOST_BYTES);
        assert!(states.0.len() > 100);
    }
}

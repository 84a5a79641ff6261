//! Remembers for a moment whose a session or token is: a request then asks the database once less.
//!
//! Another process's log-out is seen after [`KEPT`]; this process's own at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use peiyu_domain::values::AccountId;

/// How long an entry is believed.
const KEPT: Duration = Duration::from_secs(2);
/// Most entries.
const MOST: usize = 10_000;

type Entries = HashMap<[u8; 32], (AccountId, Instant)>;

/// Hash of a secret to its account.
#[derive(Debug, Clone, Default)]
pub(super) struct Cache(Arc<Mutex<Entries>>);

impl Cache {
    pub(super) fn get(&self, hash: &[u8; 32]) -> Option<AccountId> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.get(hash).filter(|(_, kept)| kept.elapsed() < KEPT).map(|(account, _)| *account)
    }

    pub(super) fn put(&self, hash: [u8; 32], account: AccountId) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MOST {
            entries.retain(|_, (_, kept)| kept.elapsed() < KEPT);
        }
        if entries.len() < MOST {
            entries.insert(hash, (account, Instant::now()));
        }
    }

    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

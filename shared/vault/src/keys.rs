//! The subjects' keys: in the keys database wrapped, in memory open for a minute and no more than some thousand.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::{PgPool, Row};
use uuid::Uuid;

use crate::cipher;
use crate::master::{Secret, random_secret};

/// Keys held open at once.
const CACHED: usize = 10_000;
/// How long a key is held open: so long may another process still read what was just erased.
pub(crate) const HELD_OPEN: Duration = Duration::from_secs(60);
/// Subjects of one statement.
const AT_ONCE: usize = 5_000;

/// What is known of a subject's key.
#[derive(Debug, Clone)]
pub(crate) enum Key {
    Live(Arc<Secret>),
    Destroyed,
    /// The master key does not open it.
    Damaged,
}

/// The keys table, with a cache before it.
#[derive(Debug)]
pub(crate) struct Keys {
    pool: PgPool,
    wrapping: Secret,
    cache: Mutex<Cache>,
}

#[derive(Debug, Default)]
struct Cache {
    open: HashMap<Uuid, (Arc<Secret>, Instant)>,
    /// Oldest first; an entry that was replaced since is skipped.
    order: VecDeque<(Uuid, Instant)>,
}

impl Keys {
    pub(crate) fn new(pool: PgPool, wrapping: Secret) -> Self {
        Self { pool, wrapping, cache: Mutex::default() }
    }

    /// Makes a key for each subject that has none, in one statement a batch; what was made is held open.
    pub(crate) async fn ensure(&self, subjects: &[Uuid]) -> Result<(), sqlx::Error> {
        let missing = self.not_cached(subjects);
        for batch in missing.chunks(AT_ONCE) {
            let mut made: HashMap<Uuid, Arc<Secret>> =
                batch.iter().map(|subject| (*subject, Arc::new(random_secret()))).collect();
            let wrap = |subject: &Uuid| {
                cipher::seal(&self.wrapping, &place(*subject), made.get(subject)?.as_slice())
            };
            let wrapped: Vec<Option<Vec<u8>>> = batch.iter().map(wrap).collect();
            let inserted: Vec<Uuid> = sqlx::query_scalar(
                "insert into vault.keys (subject, wrapped) \
                 select * from unnest($1::uuid[], $2::bytea[]) on conflict (subject) do nothing \
                 returning subject",
            )
            .bind(batch)
            .bind(wrapped)
            .fetch_all(&self.pool)
            .await?;
            let mut cache = self.cache();
            for subject in inserted {
                if let Some(key) = made.remove(&subject) {
                    cache.put(subject, key);
                }
            }
        }
        Ok(())
    }

    /// The keys of these subjects; a subject without one is not in the map.
    pub(crate) async fn get(&self, subjects: &[Uuid]) -> Result<HashMap<Uuid, Key>, sqlx::Error> {
        let mut keys = HashMap::with_capacity(subjects.len());
        {
            let cache = self.cache();
            for subject in subjects {
                if let Some(key) = cache.get(*subject) {
                    keys.insert(*subject, Key::Live(key));
                }
            }
        }
        let missing: Vec<Uuid> =
            distinct(subjects).into_iter().filter(|subject| !keys.contains_key(subject)).collect();
        for batch in missing.chunks(AT_ONCE) {
            let rows = sqlx::query("select subject, wrapped from vault.keys where subject = any($1)")
                .bind(batch)
                .fetch_all(&self.pool)
                .await?;
            for row in rows {
                let subject: Uuid = row.try_get("subject")?;
                let wrapped: Option<Vec<u8>> = row.try_get("wrapped")?;
                let key = wrapped.map_or(Key::Destroyed, |wrapped| self.unwrap(subject, &wrapped));
                if let Key::Live(key) = &key {
                    self.cache().put(subject, Arc::clone(key));
                }
                keys.insert(subject, key);
            }
        }
        Ok(keys)
    }

    /// Destroys a subject's key for good; also that of a subject which has none yet. False when it was destroyed before.
    pub(crate) async fn destroy(&self, subject: Uuid) -> Result<bool, sqlx::Error> {
        let changed = sqlx::query(
            "insert into vault.keys as k (subject, destroyed_at) values ($1, clock_timestamp()) \
             on conflict (subject) do update set wrapped = null, destroyed_at = clock_timestamp() \
             where k.destroyed_at is null",
        )
        .bind(subject)
        .execute(&self.pool)
        .await?;
        self.cache().open.remove(&subject);
        Ok(changed.rows_affected() > 0)
    }

    fn unwrap(&self, subject: Uuid, wrapped: &[u8]) -> Key {
        let opened = cipher::open(&self.wrapping, &place(subject), wrapped);
        let key = opened.ok().and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok());
        key.map_or(Key::Damaged, |key| Key::Live(Arc::new(Secret::new(key))))
    }

    fn not_cached(&self, subjects: &[Uuid]) -> Vec<Uuid> {
        let cache = self.cache();
        distinct(subjects).into_iter().filter(|subject| cache.get(*subject).is_none()).collect()
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        // A cache is right whatever a panic interrupted.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cache {
    fn get(&self, subject: Uuid) -> Option<Arc<Secret>> {
        let (key, since) = self.open.get(&subject)?;
        (since.elapsed() < HELD_OPEN).then(|| Arc::clone(key))
    }

    fn put(&mut self, subject: Uuid, key: Arc<Secret>) {
        let now = Instant::now();
        self.open.insert(subject, (key, now));
        self.order.push_back((subject, now));
        while let Some((oldest, since)) = self.order.front().copied() {
            if self.order.len() <= CACHED && since.elapsed() < HELD_OPEN {
                return;
            }
            self.order.pop_front();
            if self.open.get(&oldest).is_some_and(|(_, put)| *put == since) {
                self.open.remove(&oldest);
            }
        }
    }
}

/// A wrapped key is bound to its subject: it cannot be put under another.
fn place(subject: Uuid) -> [u8; 16] {
    *subject.as_bytes()
}

fn distinct(subjects: &[Uuid]) -> Vec<Uuid> {
    let mut distinct = subjects.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    distinct
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_stays_bounded_and_drops_the_oldest() {
        let mut cache = Cache::default();
        for n in 0..CACHED as u128 + 10 {
            cache.put(Uuid::from_u128(n), Arc::new(random_secret()));
        }
        assert_eq!(cache.open.len(), CACHED);
        assert!(cache.get(Uuid::from_u128(9)).is_none());
        assert!(cache.get(Uuid::from_u128(10)).is_some());
    }

    #[test]
    fn a_key_put_again_is_not_dropped_with_its_older_entry() {
        let mut cache = Cache::default();
        cache.put(Uuid::nil(), Arc::new(random_secret()));
        for n in 1..CACHED as u128 {
            cache.put(Uuid::from_u128(n), Arc::new(random_secret()));
        }
        cache.put(Uuid::nil(), Arc::new(random_secret()));
        assert!(cache.get(Uuid::nil()).is_some());
    }
}

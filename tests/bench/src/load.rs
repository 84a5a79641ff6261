//! Aggregates of 12 events to write to, and the loads that are put on them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use peiyu_contracts::Metadata;
use peiyu_store::{Append, NewEvent, Sealed, Store, StreamId, StreamVersion};
use uuid::Uuid;

/// Events of an aggregate before the measured one.
pub const HISTORY: i64 = 12;
/// Commands of one append while preparing.
const PREPARED_AT_ONCE: usize = 50;

/// Text that brings a payload to about the size of a talk.
const FILLER: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A payload of some 330 bytes, nothing sealed in it.
pub fn payload() -> String {
    format!(r#"{{"event":"PoolEntered","on":"2026-11-24","filler":"{FILLER}"}}"#)
}

/// One event for a stream.
#[expect(clippy::disallowed_methods, reason = "the bench has no business time")]
pub fn event(stream: &StreamId, sequence: i64) -> anyhow::Result<NewEvent> {
    let event_id = Uuid::now_v7();
    Ok(NewEvent {
        stream: stream.clone(),
        sequence,
        event_type: "PoolEntered".to_owned(),
        event_version: 1,
        payload: Sealed::from_vault(payload())?,
        metadata: Metadata {
            policy_version: Some("2021-09-06".to_owned()),
            ..peiyu_contracts::testing::metadata(event_id, jiff::Timestamp::now(), event_id, stream.id)
        },
    })
}

/// A command that appends `events` to a stream at `version`.
pub fn command(stream: &StreamId, version: i64, events: i64) -> anyhow::Result<Append> {
    let new: Result<Vec<_>, _> = (1..=events).map(|number| event(stream, version + number)).collect();
    Ok(Append {
        principal: Uuid::from_u128(1),
        command_id: Uuid::now_v7(),
        digest: [0; 32],
        answer: format!(r#"{{"id":"{}","version":{}}}"#, stream.id, version + events),
        writes: vec![StreamVersion { stream: stream.clone(), version }],
        facts: Vec::new(),
        claims: Vec::new(),
        releases: Vec::new(),
        events: new?,
    })
}

/// Makes aggregates of [`HISTORY`] events each; nothing is sequenced.
pub async fn prepare(store: &Store, aggregates: usize) -> anyhow::Result<Vec<Uuid>> {
    let ids: Vec<Uuid> = (0..aggregates).map(|_| Uuid::now_v7()).collect();
    for chunk in ids.chunks(PREPARED_AT_ONCE) {
        let commands: Result<Vec<Append>, _> =
            chunk.iter().map(|id| command(&StreamId::new("candidate", *id), 0, HISTORY)).collect();
        store.append(&commands?).await?;
    }
    sqlx::query("analyze store.events").execute(store.pool()).await?;
    Ok(ids)
}

/// Runs `clients` of them for a while, each over aggregates of its own; commands a second.
pub async fn run_clients<F, Fut>(
    clients: usize,
    ids: &[Uuid],
    duration: Duration,
    act: F,
) -> anyhow::Result<f64>
where
    F: Fn(Uuid) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = anyhow::Result<()>> + Send,
{
    let done = Arc::new(AtomicU64::new(0));
    let ids: Arc<[Uuid]> = ids.into();
    let next = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|_| {
            let (act, ids, next, done) = (act.clone(), ids.clone(), next.clone(), done.clone());
            tokio::spawn(async move {
                while began.elapsed() < duration {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(id) = ids.get(index) else { break };
                    act(*id).await?;
                    done.fetch_add(1, Ordering::Relaxed);
                }
                anyhow::Ok(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 commands")]
    Ok(done.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64())
}

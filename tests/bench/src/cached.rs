//! Commands in the store on aggregates whose states this process remembers.

use std::sync::Arc;
use std::time::Duration;

use peiyu_application::{Loaded, States};
use peiyu_domain::Aggregate;
use peiyu_domain::candidate::Candidate;
use peiyu_store::{Appender, Outcome, Store, StreamId};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::load::{command, run_clients};

/// Commands a second. The states are read before it begins; later passes over the same aggregates find what the
/// passes before them left.
pub async fn round(store: &Store, clients: usize, ids: &[Uuid], duration: Duration) -> anyhow::Result<f64> {
    const PASSES: usize = 20;
    let states = Arc::new(States::default());
    for id in ids {
        states.keep(Arc::new(read(store, *id).await?));
    }
    let ids: Vec<Uuid> = std::iter::repeat_n(ids, PASSES).flatten().copied().collect();
    let stop = CancellationToken::new();
    let appender = Appender::start(store.clone(), stop.clone());
    let store = store.clone();
    let rate = run_clients(clients, &ids, duration, move |id| {
        act(appender.clone(), store.clone(), Arc::clone(&states), id)
    })
    .await;
    stop.cancel();
    rate
}

async fn act(appender: Appender, store: Store, states: Arc<States>, id: Uuid) -> anyhow::Result<()> {
    let mut loaded = match states.get::<Candidate>(id) {
        Some(kept) => kept,
        None => Arc::new(read(&store, id).await?),
    };
    loop {
        match appender.append(command(&loaded.stream(), loaded.version, 1)?).await? {
            Outcome::Done => {
                let mut after = loaded.as_ref().clone();
                after.state.evolve(&event()?);
                after.version += 1;
                states.keep(Arc::new(after));
                return Ok(());
            }
            Outcome::Stale { .. } => loaded = Arc::new(read(&store, id).await?),
            other => anyhow::bail!("not appended: {other:?}"),
        }
    }
}

async fn read(store: &Store, id: Uuid) -> anyhow::Result<Loaded<Candidate>> {
    let mut loaded = Loaded::<Candidate>::absent(id);
    for recorded in store.load_one(&StreamId::new(Candidate::TYPE, id)).await? {
        loaded.state.evolve(&serde_json::from_str(recorded.payload.get())?);
        loaded.version = recorded.sequence;
    }
    Ok(loaded)
}

fn event() -> anyhow::Result<<Candidate as Aggregate>::Event> {
    Ok(serde_json::from_str(&crate::load::payload())?)
}

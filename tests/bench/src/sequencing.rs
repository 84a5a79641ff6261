//! The sequencer: how fast it catches up, and what it costs the commands beside it.

use std::time::{Duration, Instant};

use peiyu_store::{Store, WakeChannel};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::store::ours_round;
use crate::table::{Bar, Table, median};

const ROUNDS: usize = 3;
const CLIENTS: usize = 32;
/// As the relay asks for them.
const AT_ONCE: usize = 1000;

/// Gives everything that waits its position.
pub async fn catch_up(store: &Store, table: &mut Table) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut events = 0_u32;
    loop {
        match store.sequence_once(AT_ONCE).await? {
            0 => break,
            moved => events += u32::try_from(moved)?,
        }
    }
    let rate = f64::from(events) / began.elapsed().as_secs_f64();
    table.row(
        format!("the sequencer catches up with {events} events"),
        format!("{rate:.0} events/s"),
        "no peer; for comparison 50,000 events/s".to_owned(),
        rate / 50_000.0,
        Bar::AtLeast(1.0),
    );
    Ok(())
}

/// Commands with a sequencer beside them against commands without, in turn.
pub async fn beside_commands(store: &Store, ids: &[Uuid], table: &mut Table) -> anyhow::Result<()> {
    let mut slices = ids.chunks(ids.len() / (2 * ROUNDS));
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        without.push(ours_round(store, CLIENTS, slices.next().unwrap_or_default()).await?);
        while store.sequence_once(AT_ONCE).await? > 0 {}
        let stop = CancellationToken::new();
        let sequencer = tokio::spawn(sequence(store.clone(), stop.clone()));
        with.push(ours_round(store, CLIENTS, slices.next().unwrap_or_default()).await?);
        stop.cancel();
        sequencer.await??;
    }
    let (with, without) = (median(&mut with), median(&mut without));
    table.row(
        format!("commands in the store, {CLIENTS} clients, while the sequencer runs"),
        format!("{with:.0}/s"),
        format!("the same without it: {without:.0}/s"),
        with / without,
        Bar::AtLeast(0.9),
    );
    Ok(())
}

/// As the relay does it: woken by hints.
async fn sequence(store: Store, stop: CancellationToken) -> anyhow::Result<()> {
    let mut wake = store.listen(WakeChannel::Appended).await?;
    while !stop.is_cancelled() {
        if store.sequence_once(AT_ONCE).await? == 0 {
            wake.wait(Duration::from_millis(250)).await;
        }
    }
    Ok(())
}

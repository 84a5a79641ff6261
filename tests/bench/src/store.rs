//! Commands in the store: load 12 events, fold, append 1; against pgbench and against bare postgres-es.

use std::process::Stdio;
use std::time::Duration;

use anyhow::Context;
use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::PersistedEventStore;
use cqrs_es::{Aggregate, CqrsFramework, DomainEvent};
use peiyu_store::{Appender, Outcome, Store, StreamId};
use postgres_es::PostgresEventRepository;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::load::{HISTORY, command, payload, prepare, run_clients};
use crate::machine::Machine;
use crate::table::{Bar, Table, median};

const ROUNDS: usize = 3;
const DURATION: Duration = Duration::from_secs(4);
/// Aggregates of one round; it ends with them at the latest.
const A_ROUND: usize = 1600;
/// Each number of clients with its bars: of pgbench, of bare postgres-es, of pgbench with cached states.
const CLIENTS: [(usize, f64, f64, Option<f64>); 3] =
    [(1, 0.9, 1.0, None), (8, 1.0, 1.0, None), (32, 1.5, 3.0, Some(3.0))];

pub async fn measure(machine: &Machine, table: &mut Table) -> anyhow::Result<()> {
    let store = machine.store("store", 40).await?;
    let ids = prepare(&store, A_ROUND * ROUNDS * CLIENTS.len() * 4).await?;
    crate::sequencing::catch_up(&store, table).await?;
    let mut slices = ids.chunks(A_ROUND);
    for (clients, limit_bar, es_bar, cached_bar) in CLIENTS {
        let (mut ours, mut cached, mut limit, mut bare) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let mut slice = || slices.next().context("more aggregates than rounds");
            ours.push(ours_round(&store, clients, slice()?).await?);
            limit.push(pgbench(machine, clients, slice()?).await?);
            cached.push(crate::cached::round(&store, clients, slice()?, DURATION).await?);
            bare.push(bare_round(&store, clients, slice()?).await?);
        }
        let (ours, cached) = (median(&mut ours), median(&mut cached));
        let (limit, bare) = (median(&mut limit), median(&mut bare));
        let mut row = |what: &str, ours: f64, peer: f64, peer_name: &str, bar: f64| {
            table.row(
                format!("{what}, {clients} clients (1 event + 1 command + 1 unsequenced row)"),
                format!("{ours:.0}/s"),
                format!("{peer_name}, 1 event + 1 unsequenced row: {peer:.0}/s"),
                ours / peer,
                Bar::AtLeast(bar),
            );
        };
        row("commands in the store", ours, limit, "pgbench", limit_bar);
        row("commands in the store", ours, bare, "bare postgres-es", es_bar);
        row("the same with cached states", cached, limit, "pgbench", cached_bar.unwrap_or(limit_bar));
    }
    // Apart from what the peers wrote, which bears no metadata.
    let store = machine.store("sequencing", 40).await?;
    let ids = prepare(&store, A_ROUND * ROUNDS * 2).await?;
    crate::sequencing::beside_commands(&store, &ids, table).await
}

/// Load, fold, append in groups; commands a second.
pub async fn ours_round(store: &Store, clients: usize, ids: &[Uuid]) -> anyhow::Result<f64> {
    let stop = CancellationToken::new();
    let appender = Appender::start(store.clone(), stop.clone());
    let store = store.clone();
    let rate = run_clients(clients, ids, DURATION, move |id| act(appender.clone(), store.clone(), id)).await;
    stop.cancel();
    rate
}

async fn act(appender: Appender, store: Store, id: Uuid) -> anyhow::Result<()> {
    let stream = StreamId::new("candidate", id);
    let history = store.load_one(&stream).await?;
    let mut state = Pool::default();
    for event in &history {
        state.apply(serde_json::from_str(event.payload.get())?);
    }
    anyhow::ensure!(state.entered >= HISTORY, "an aggregate of {} events", state.entered);
    let version = history.last().map_or(0, |last| last.sequence);
    match appender.append(command(&stream, version, 1)?).await? {
        Outcome::Done => Ok(()),
        other => anyhow::bail!("not appended: {other:?}"),
    }
}

/// What the machine can do at all: the same reading and one insert in one transaction.
async fn pgbench(machine: &Machine, clients: usize, ids: &[Uuid]) -> anyhow::Result<f64> {
    let store = Store::connect(&machine.postgres.url("store"), 2).await?;
    // pgbench counts; a table maps its numbers to aggregates.
    sqlx::query("drop table if exists bench_ids").execute(store.pool()).await?;
    sqlx::query(
        "create table bench_ids as select n, id::text from unnest($1::uuid[]) with ordinality as u (id, n)",
    )
    .bind(ids)
    .execute(store.pool())
    .await?;
    sqlx::query("create unique index on bench_ids (n)").execute(store.pool()).await?;
    let script = machine.file("pgbench.sql");
    // Each client walks through its own aggregates without asking which: no round trip more than ours has.
    let text = format!(
        "\\set n :i * {clients} + :client_id + 1\n\\set i :i + 1\n\
         begin;\n\
         select sequence, payload from store.events where aggregate_type = 'candidate' \
         and aggregate_id = (select id from bench_ids where n = :n) order by sequence;\n\
         insert into store.events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata) \
         select 'candidate', id, 13, 'PoolEntered', '1', '{}', '{{}}' from bench_ids where n = :n;\n\
         commit;\n",
        payload()
    );
    tokio::fs::write(&script, text).await?;
    let output = tokio::process::Command::new(machine.bin.join("pgbench"))
        .args(["-n", "-M", "prepared", "-D", "i=0", "-c", &clients.to_string(), "-j", "2", "-t"])
        .arg((ids.len() / clients).to_string())
        .arg("-f")
        .arg(&script)
        .arg(machine.postgres.url("store"))
        .stdin(Stdio::null())
        .output()
        .await?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let tps = printed
        .lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split_whitespace().next()?.parse().ok())
        .with_context(|| format!("pgbench: {printed}{}", String::from_utf8_lossy(&output.stderr)))?;
    Ok(tps)
}

async fn bare_round(store: &Store, clients: usize, ids: &[Uuid]) -> anyhow::Result<f64> {
    let repository =
        PostgresEventRepository::new(store.pool().clone()).with_tables("store.events", "store.no_snapshots");
    let events = PersistedEventStore::new_event_store(repository);
    let framework = std::sync::Arc::new(CqrsFramework::<Pool, _>::new(events, Vec::new(), ()));
    run_clients(clients, ids, DURATION, move |id| {
        let framework = framework.clone();
        async move {
            framework.execute(&id.to_string(), ()).await.map_err(|error| anyhow::anyhow!("{error:?}"))
        }
    })
    .await
}

/// The aggregate of the bench.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Pool {
    entered: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event")]
enum PoolEvent {
    PoolEntered { on: String, filler: String },
}

impl DomainEvent for PoolEvent {
    fn event_type(&self) -> String {
        "PoolEntered".into()
    }

    fn event_version(&self) -> String {
        "1".into()
    }
}

/// The bench refuses nothing.
type Never = std::io::Error;

impl Aggregate for Pool {
    const TYPE: &'static str = "candidate";
    type Command = ();
    type Event = PoolEvent;
    type Error = Never;
    type Services = ();

    async fn handle(&mut self, (): (), (): &(), sink: &EventSink<Self>) -> Result<(), Never> {
        let event = serde_json::from_str(&payload()).map_err(Never::other)?;
        sink.write(event, self).await;
        Ok(())
    }

    fn apply(&mut self, event: PoolEvent) {
        match event {
            PoolEvent::PoolEntered { .. } => self.entered += 1,
        }
    }
}

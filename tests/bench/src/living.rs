//! The living system on an imported university: catch-up, commit to visible, commands through HTTP.

use std::time::{Duration, Instant};

use anyhow::Context;
use bytes::Bytes;
use peiyu_application::{Application, Request};
use peiyu_bus::{Bus, Message, Stream, StreamSettings};
use peiyu_contracts::Origin;
use peiyu_domain::values::PersonId;
use peiyu_platform::{Health, Shutdown};
use peiyu_store::Store;
use sqlx::PgPool;
use uuid::Uuid;

use crate::machine::Machine;
use crate::table::{Bar, Table, quantile};

/// Commands whose way to the read model is timed, one at a time.
pub const SAMPLES: usize = 200;

pub async fn measure(machine: &Machine, application: &Application, table: &mut Table) -> anyhow::Result<()> {
    let settings = machine.settings("import")?;
    let pool = application.store().pool().clone();
    peiyu_views::generation::migrate(&pool).await?;
    peiyu_api::migrate(&pool).await?;
    let (health, shutdown) = (Health::new(), Shutdown::new());
    let relay = tokio::spawn(peiyu_relay::run(settings.clone(), health.clone(), shutdown.clone()));
    let projector = tokio::spawn(peiyu_projector::run(settings.clone(), health.clone(), shutdown.clone()));
    catch_up(&pool, table).await?;
    let liaison =
        application.person_of_staff_number("9999998").await?.context("the secretary of the bench")?;
    let candidates = candidates(&pool).await?;
    let (first, rest) = candidates.split_at(SAMPLES);
    visible(machine, application, first, liaison, table).await?;
    crate::http::measure(machine, application, rest, liaison, table).await?;
    shutdown.request();
    relay.await??;
    projector.await??;
    Ok(())
}

/// Everybody who waits for a liaison.
pub async fn candidates(pool: &PgPool) -> anyhow::Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar("select id from views.candidates where in_pool and liaison is null order by id")
        .fetch_all(pool)
        .await?)
}

/// Sequencing, publishing and projecting what the import left.
pub async fn catch_up(pool: &PgPool, table: &mut Table) -> anyhow::Result<()> {
    let events: i64 = sqlx::query_scalar("select count(*) from store.events").fetch_one(pool).await?;
    let began = Instant::now();
    loop {
        let least: i64 = sqlx::query_scalar(
            "select min(k.position) from views.current c join views.checkpoints k on k.schema = c.schema",
        )
        .fetch_one(pool)
        .await?;
        if least >= events {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let seconds = began.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 events")]
    let rate = events as f64 / seconds;
    table.row(
        format!("catch-up of {events} events into stream and all read models"),
        format!("{rate:.0} events/s"),
        "no peer; for comparison 10,000 events/s".to_owned(),
        rate / 10_000.0,
        Bar::AtLeast(1.0),
    );
    Ok(())
}

/// A command of the operator's under a new id.
pub fn request(application: &Application) -> Request {
    let command_id = Uuid::now_v7();
    Request {
        actor: application.operator(),
        command_id,
        digest: [0; 32],
        correlation_id: command_id,
        causation_id: None,
        if_match: None,
        origin: Origin::Live,
    }
}

/// From the command's answer to its row in the read model, against a publish with ack and a commit.
pub async fn visible(
    machine: &Machine,
    application: &Application,
    candidates: &[Uuid],
    liaison: PersonId,
    table: &mut Table,
) -> anyhow::Result<()> {
    let pool = application.store().pool();
    let (mut ours, mut peers) = (Vec::new(), Vec::new());
    let peer = Peer::new(machine, application.store()).await?;
    for (number, candidate) in (0_u64..).zip(candidates) {
        let request = request(application);
        application.assign_liaison(&request, PersonId(*candidate), liaison, None).await?;
        let began = Instant::now();
        loop {
            let shown: Option<Uuid> =
                sqlx::query_scalar("select liaison from views.candidates where id = $1")
                    .bind(candidate)
                    .fetch_one(pool)
                    .await?;
            if shown.is_some() {
                break;
            }
        }
        ours.push(began.elapsed().as_secs_f64() * 1000.0);
        peers.push(peer.once(number).await?);
    }
    for (name, share, bar) in [("p50", 0.5, 3.0), ("p99", 0.99, 10.0)] {
        let (ours, peer) = (quantile(&mut ours, share), quantile(&mut peers, share));
        table.row(
            format!("commit to visible in the read model, one at a time, {name}"),
            format!("{ours:.2} ms"),
            format!("JetStream publish with ack + PostgreSQL commit: {peer:.2} ms"),
            ours / peer,
            Bar::AtMost(bar),
        );
    }
    Ok(())
}

/// What the machine needs at least: one publish, one commit.
struct Peer {
    stream: Stream,
    pool: PgPool,
}

impl Peer {
    async fn new(machine: &Machine, store: &Store) -> anyhow::Result<Self> {
        let nats = &machine.nats;
        let bus = Bus::connect(&nats.url(), Some(nats.user()), Some(nats.password())).await?;
        let settings = StreamSettings {
            name: "PEER".to_owned(),
            subjects: vec!["peer.>".to_owned()],
            keep_days: 1,
            replicas: 1,
        };
        let stream = Stream::ensure(&bus, &settings, 1).await?;
        let pool = store.pool().clone();
        sqlx::query("create table if not exists public.peer (n bigint, at timestamptz)")
            .execute(&pool)
            .await?;
        Ok(Self { stream, pool })
    }

    async fn once(&self, number: u64) -> anyhow::Result<f64> {
        let message = Message {
            subject: "peer.one".to_owned(),
            id: Uuid::now_v7().to_string(),
            headers: Vec::new(),
            payload: Bytes::from(crate::load::payload()),
        };
        let began = Instant::now();
        self.stream.publish(number, &[message]).await?;
        sqlx::query("insert into public.peer values ($1, now())")
            .bind(i64::try_from(number)?)
            .execute(&self.pool)
            .await?;
        Ok(began.elapsed().as_secs_f64() * 1000.0)
    }
}

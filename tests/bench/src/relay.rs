//! The relay: from store to stream against bare atomic batches, and from commit to visible on a small university.

use std::time::{Duration, Instant};

use anyhow::Context;
use async_nats::jetstream::stream::{Config, StorageType};
use async_nats::{Client, ConnectOptions, HeaderMap};
use bytes::Bytes;
use peiyu_application::ImportSource;
use peiyu_bus::{Bus, Message, Stream};
use peiyu_domain::import::ImportKind;
use peiyu_domain::values::ImportId;
use peiyu_platform::{Health, Settings, Shutdown};
use peiyu_store::Store;
use peiyu_workbooks::Mapping;
use secrecy::ExposeSecret;

use crate::machine::Machine;
use crate::table::{Bar, Table, median};

/// Aggregates of 12 events each.
const AGGREGATES: usize = 5_000;
const ROUNDS: usize = 3;
/// Messages of a batch of the peer.
const BATCH: usize = 256;
/// Rows of the small university's roster.
const ROWS: u32 = 2_000;

pub async fn measure(machine: &Machine, table: &mut Table) -> anyhow::Result<()> {
    throughput(machine, table).await?;
    visible(machine, table).await
}

async fn throughput(machine: &Machine, table: &mut Table) -> anyhow::Result<()> {
    let store = machine.store("relay", 8).await?;
    crate::load::prepare(&store, AGGREGATES).await?;
    while store.sequence_once(1000).await? > 0 {}
    let messages = messages(&store).await?;
    anyhow::ensure!(!messages.is_empty(), "a feed to publish");
    let nats = client(machine).await?;
    let (mut ours, mut peers) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let tenant = format!("round{round}");
        ours.push(relayed(&Settings { tenant, ..machine.settings("relay")? }, messages.len()).await?);
        peers.push(batched(&nats, round, &messages).await?);
    }
    let (ours, peer) = (median(&mut ours), median(&mut peers));
    table.row(
        format!("relay, {} events from store to stream behind the fence", messages.len()),
        format!("{ours:.0}/s"),
        format!("async-nats, atomic batches of {BATCH} of the same messages, sync always: {peer:.0}/s"),
        ours / peer,
        Bar::AtLeast(0.7),
    );
    Ok(())
}

/// The whole feed as the relay publishes it.
async fn messages(store: &Store) -> anyhow::Result<Vec<Message>> {
    let mut messages = Vec::new();
    loop {
        let page = store.feed_page(i64::try_from(messages.len())?, 1000, i64::MAX).await?;
        if page.is_empty() {
            return Ok(messages);
        }
        messages.extend(page.iter().map(|event| peiyu_relay::message_of(event, "bench", 1)));
    }
}

/// Messages a second from the relay's start to the last message in the stream.
async fn relayed(settings: &Settings, count: usize) -> anyhow::Result<f64> {
    let (health, shutdown) = (Health::new(), Shutdown::new());
    let nats = &settings.nats;
    let bus = Bus::connect(&nats.url, nats.user.as_deref(), nats.password.as_ref()).await?;
    let stream = Stream::named(&bus, &peiyu_relay::stream_settings(settings, 1).name);
    let began = Instant::now();
    let relay = tokio::spawn(peiyu_relay::run(settings.clone(), health, shutdown.clone()));
    while stream.state().await.map_or(0, |state| state.last_sequence) < u64::try_from(count)? {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let seconds = began.elapsed().as_secs_f64();
    shutdown.request();
    relay.await??;
    Ok(f64::from(u32::try_from(count)?) / seconds)
}

async fn client(machine: &Machine) -> anyhow::Result<Client> {
    let nats = &machine.nats;
    let password = nats.password().expose_secret().to_owned();
    Ok(ConnectOptions::with_user_and_password(nats.user().to_owned(), password).connect(nats.url()).await?)
}

/// Messages a second of bare atomic batches, everything but the sending prepared beforehand.
async fn batched(nats: &Client, round: usize, messages: &[Message]) -> anyhow::Result<f64> {
    let config = Config {
        name: format!("BARE{round}"),
        subjects: vec![format!("bare{round}.>")],
        storage: StorageType::File,
        allow_atomic_publish: true,
        ..Config::default()
    };
    async_nats::jetstream::new(nats.clone()).create_stream(config).await?;
    let subject = format!("bare{round}.event");
    let prepared: Vec<(HeaderMap, Bytes)> =
        messages.iter().enumerate().map(|(index, message)| prepare(index, message, messages.len())).collect();
    let began = Instant::now();
    for (index, (headers, payload)) in prepared.into_iter().enumerate() {
        let place = index % BATCH;
        if place == BATCH - 1 || index + 1 == messages.len() {
            let answer = nats.request_with_headers(subject.clone(), headers, payload).await?;
            let answer: serde_json::Value = serde_json::from_slice(&answer.payload)?;
            anyhow::ensure!(answer["seq"] == index + 1, "the batch was answered with {answer}");
        } else if place == 0 {
            nats.request_with_headers(subject.clone(), headers, payload).await?;
        } else {
            nats.publish_with_headers(subject.clone(), headers, payload).await?;
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    Ok(f64::from(u32::try_from(messages.len())?) / seconds)
}

fn prepare(index: usize, message: &Message, count: usize) -> (HeaderMap, Bytes) {
    let mut headers = HeaderMap::new();
    headers.insert("Nats-Msg-Id", message.id.as_str());
    for (name, value) in &message.headers {
        headers.insert(*name, value.as_str());
    }
    headers.insert("Nats-Batch-Id", format!("bare-{}", index / BATCH));
    headers.insert("Nats-Batch-Sequence", (index % BATCH + 1).to_string());
    if index.is_multiple_of(BATCH) {
        headers.insert("Nats-Expected-Last-Sequence", index.to_string());
    }
    if index % BATCH == BATCH - 1 || index + 1 == count {
        headers.insert("Nats-Batch-Commit", "1");
    }
    (headers, message.payload.clone())
}

/// From a command's answer to its row in the read model, with relay and projector in this process.
async fn visible(machine: &Machine, table: &mut Table) -> anyhow::Result<()> {
    let (application, stop) = machine.application("small").await?;
    let path = machine.file("small.xlsx");
    let units = peiyu_workbooks::sample::write_roster(&path, ROWS)?;
    crate::import::tree(machine, &application, &units).await?;
    let source = ImportSource {
        kind: ImportKind::Roster,
        path,
        file_name: "small.xlsx".to_owned(),
        mapping: Mapping::default(),
    };
    let (progress, _) = tokio::sync::watch::channel(peiyu_application::Progress::default());
    let checked = application.check_import(&source).await?;
    let request = crate::living::request(&application);
    application.run_import(&request, ImportId::random(), &source, checked, &progress).await?;

    let settings = Settings { tenant: "small".to_owned(), ..machine.settings("small")? };
    let pool = application.store().pool().clone();
    peiyu_views::generation::migrate(&pool).await?;
    let (health, shutdown) = (Health::new(), Shutdown::new());
    let relay = tokio::spawn(peiyu_relay::run(settings.clone(), health.clone(), shutdown.clone()));
    let projector = tokio::spawn(peiyu_projector::run(settings, health, shutdown.clone()));
    crate::living::catch_up(&pool, table).await?;
    let liaison =
        application.person_of_staff_number("9999998").await?.context("the secretary of the bench")?;
    let candidates = crate::living::candidates(&pool).await?;
    let first = candidates.get(..crate::living::SAMPLES).context("enough candidates")?;
    crate::living::visible(machine, &application, first, liaison, table).await?;
    shutdown.request();
    relay.await??;
    projector.await??;
    stop.cancel();
    Ok(())
}

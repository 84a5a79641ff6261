//! What is there once everything is quiet: waits for that, and gathers store, feed, stream and mails.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use peiyu_bus::{Bus, BusError, Stream};
use sqlx::{Connection, PgConnection, Row};
use uuid::Uuid;

use super::check::{Evidence, Stored, Streamed};
use super::fleet::Fleet;

/// Longest that quiet is waited for.
const LIMIT: Duration = Duration::from_secs(120);
/// Messages of one look.
const PAGE: usize = 500;

/// Conditions of quiet, each with the query that counts what is still under way.
const UNDER_WAY: &[(&str, &str)] = &[
    ("events wait for their positions", "select count(*) from store.unsequenced"),
    (
        "read models are behind",
        "select count(*) from views.current c join views.checkpoints k on k.schema = c.schema \
         where k.position < (select last_position from store.feed_head)",
    ),
    ("imports have not ended", "select count(*) from api.uploads where state in ('waiting', 'running')"),
    ("claims of digests have no end", OPEN_CLAIMS),
];

/// Waits until nothing is under way; what still is, when it does not end.
pub fn wait_for_quiet(fleet: &Fleet<'_>) -> Result<(), String> {
    let deadline = Instant::now() + LIMIT;
    loop {
        let still = fleet.house.runtime.block_on(under_way(fleet));
        let still = match still {
            Ok(None) => return Ok(()),
            Ok(Some(what)) => what,
            Err(error) => error.to_string(),
        };
        if Instant::now() > deadline {
            return Err(format!("not quiet after {} s: {still}", LIMIT.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

async fn under_way(fleet: &Fleet<'_>) -> Result<Option<String>, Box<dyn std::error::Error>> {
    let mut connection = PgConnection::connect(&fleet.postgres.url("peiyu")).await?;
    for (what, query) in UNDER_WAY {
        let count: i64 = sqlx::query_scalar(query).fetch_one(&mut connection).await?;
        if count > 0 {
            return Ok(Some(format!("{count} {what}")));
        }
    }
    let head: i64 =
        sqlx::query_scalar("select last_position from store.feed_head").fetch_one(&mut connection).await?;
    let last = stream(fleet).await?.state().await?.last_sequence;
    Ok((i64::try_from(last)? < head).then(|| format!("the stream ends at {last}, the feed at {head}")))
}

async fn stream(fleet: &Fleet<'_>) -> Result<Stream, BusError> {
    let nats = &fleet.nats;
    let bus = Bus::connect(&nats.url(), Some(nats.user()), Some(nats.password())).await?;
    Ok(Stream::named(&bus, &format!("PEIYU_{}_1", fleet.house.tenant())))
}

/// Claims of digests whose end nobody noted.
pub const OPEN_CLAIMS: &str = "select count(*) from (select distinct on (aggregate_id) event_type \
     from store.events where aggregate_type = 'reminder' order by aggregate_id, sequence desc) last \
     where event_type = 'ReminderClaimed'";

/// What happened to digests.
pub fn reminders(fleet: &Fleet<'_>) -> Vec<Stored> {
    fleet.house.runtime.block_on(async {
        let mut connection = PgConnection::connect(&fleet.postgres.url("peiyu")).await.unwrap();
        events(&mut connection, "reminder").await.unwrap()
    })
}

/// Gathers it. Quiet is a moment: a tick of the notifier may begin in it, so what was gathered while the feed moved
/// is gathered again.
pub fn gather(fleet: &Fleet<'_>) -> Result<Evidence, String> {
    let deadline = Instant::now() + LIMIT;
    loop {
        let before = wait_for_quiet(fleet).map(|()| head(fleet))?;
        let evidence = gather_once(fleet);
        if head(fleet) == before {
            return Ok(evidence);
        }
        if Instant::now() > deadline {
            return Err(format!("the feed still moves after {} s", LIMIT.as_secs()));
        }
    }
}

/// How many events there are, with and without position.
fn head(fleet: &Fleet<'_>) -> i64 {
    fleet.count("select count(*) from store.events")
}

fn gather_once(fleet: &Fleet<'_>) -> Evidence {
    let (commands, events, streamed) = fleet.house.runtime.block_on(async {
        let mut connection = PgConnection::connect(&fleet.postgres.url("peiyu")).await.unwrap();
        let events = events(&mut connection, "%").await.unwrap();
        let commands = commands(&mut connection).await.unwrap();
        (commands, events, streamed(fleet).await.unwrap())
    });
    let mut mails: BTreeMap<Uuid, usize> = BTreeMap::new();
    for mail in fleet.house.smtp.mails() {
        let header = mail.message_id();
        let id = header.split(['<', '@']).nth(1).and_then(|id| id.parse().ok());
        *mails.entry(id.unwrap_or_else(|| panic!("a mail with the id {header:?}"))).or_default() += 1;
    }
    Evidence { commands, events, streamed, mails }
}

async fn commands(connection: &mut PgConnection) -> Result<Vec<(Uuid, serde_json::Value)>, sqlx::Error> {
    let rows = sqlx::query("select command_id, answer from store.commands").fetch_all(connection).await?;
    rows.iter().map(|row| Ok((row.try_get("command_id")?, row.try_get("answer")?))).collect()
}

async fn events(connection: &mut PgConnection, aggregate: &str) -> Result<Vec<Stored>, sqlx::Error> {
    let rows = sqlx::query(
        "select f.position, e.aggregate_type || '/' || e.aggregate_id as stream, e.sequence, e.event_type, \
             e.event_id, (e.metadata->>'command_id')::uuid as command_id, e.payload::text as payload \
         from store.events e left join store.feed f on f.no = e.no where e.aggregate_type like $1 order by e.no",
    )
    .bind(aggregate)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Stored {
                position: row.try_get("position")?,
                stream: row.try_get("stream")?,
                sequence: row.try_get("sequence")?,
                event_type: row.try_get("event_type")?,
                event_id: row.try_get("event_id")?,
                command_id: row.try_get("command_id")?,
                payload: row.try_get("payload")?,
            })
        })
        .collect()
}

async fn streamed(fleet: &Fleet<'_>) -> Result<Vec<Streamed>, BusError> {
    let stream = stream(fleet).await?;
    let state = stream.state().await?;
    let mut all = Vec::new();
    let mut after = state.first_sequence.saturating_sub(1);
    while after < state.last_sequence {
        let page = stream.fetch(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.sequence;
        all.extend(page.iter().map(|message| Streamed {
            sequence: message.sequence,
            id: message.id().unwrap_or_default().to_owned(),
            payload: message.payload.to_vec(),
        }));
    }
    Ok(all)
}

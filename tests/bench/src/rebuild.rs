//! Rebuilding read models, against COPY of the same events out in order and of the same rows in, indexes included.

use std::time::Instant;

use futures::TryStreamExt;
use peiyu_views::View;
use peiyu_views::rebuild::{Start, rebuild};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, PgPool};

use crate::feed::{EVENTS_EACH, Filled, filled};
use crate::machine::Machine;
use crate::table::{Bar, Table};

/// Measures at a tenth and at the whole; answers the whole, for what is measured on it.
pub async fn measure(machine: &Machine, events: usize, table: &mut Table) -> anyhow::Result<Filled> {
    let small = filled(machine, "rebuild_small", events / 10 / EVENTS_EACH).await?;
    let (_, little) = rebuilt(&small, View::ALL).await?;
    let whole = filled(machine, "rebuild", events / EVENTS_EACH).await?;
    let (all, much) = rebuilt(&whole, View::ALL).await?;
    let (one, _) = rebuilt(&whole, &[View::Persons]).await?;
    let url = machine.postgres.url("rebuild");
    let out = copied_out(&whole.pool).await?;
    let ins = copied_in(&url, View::ALL).await?;
    let in_of_one = copied_in(&url, &[View::Persons]).await?;
    let peer = |ins: f64| format!("COPY out {out:.1} s + COPY in with indexes {ins:.1} s");
    table.row(
        format!("rebuild of persons from {events} events, sealed"),
        format!("{one:.1} s"),
        peer(in_of_one),
        one / (out + in_of_one),
        Bar::AtMost(1.5),
    );
    table.row(
        format!("rebuild of every read model from {events} events, sealed"),
        format!("{all:.1} s"),
        peer(ins),
        all / (out + ins),
        Bar::AtMost(3.0),
    );
    table.row(
        format!("memory of the process at its peak during that rebuild, at {events} events"),
        format!("{much:.0} MiB"),
        format!("at a tenth of the events: {little:.0} MiB"),
        much / little,
        Bar::AtMost(1.1),
    );
    Ok(whole)
}

/// Seconds, and the peak of memory meanwhile in MiB.
async fn rebuilt(filled: &Filled, views: &[View]) -> anyhow::Result<(f64, f64)> {
    // 5 resets the peak.
    std::fs::write("/proc/self/clear_refs", "5")?;
    let began = Instant::now();
    rebuild(&filled.pool, views, &filled.feed, Start::Again, &mut |_, _| {}).await?;
    Ok((began.elapsed().as_secs_f64(), crate::import::peak_memory()))
}

/// Every event, in the order of the feed.
async fn copied_out(pool: &PgPool) -> anyhow::Result<f64> {
    let mut connection = pool.acquire().await?.detach();
    sqlx::query("set statement_timeout = 0").execute(&mut connection).await?;
    let began = Instant::now();
    let mut rows = connection
        .copy_out_raw(
            "copy (select f.position, e.* from store.feed f join store.events e on e.no = f.no \
             order by f.position) to stdout",
        )
        .await?;
    let mut bytes = 0;
    while let Some(chunk) = rows.try_next().await? {
        bytes += chunk.len();
    }
    anyhow::ensure!(bytes > 0, "the feed is empty");
    Ok(began.elapsed().as_secs_f64())
}

/// The rows of these read models into tables of the same form; reading them out is not counted.
async fn copied_in(url: &str, views: &[View]) -> anyhow::Result<f64> {
    let mut connection = PgConnection::connect(url).await?;
    let mut seconds = 0.0;
    for table in views.iter().flat_map(|view| view.definition().tables) {
        let name = table.name;
        let file = dumped(&mut connection, name).await?;
        sqlx::query("drop table if exists public.peer_rows").execute(&mut connection).await?;
        // Defaults, identity and indexes are none of a view's, so the form is made from its columns.
        let make = format!("create table public.peer_rows as select * from views.{name} with no data");
        sqlx::query(&make).execute(&mut connection).await?;
        let key = format!("alter table public.peer_rows add primary key ({})", table.key.join(", "));
        sqlx::query(&key).execute(&mut connection).await?;
        let began = Instant::now();
        let mut copy = connection.copy_in_raw("copy public.peer_rows from stdin").await?;
        for chunk in file.chunks(256 * 1024) {
            copy.send(chunk).await?;
        }
        copy.finish().await?;
        for index in table.indexes {
            sqlx::query(&format!("create index on public.peer_rows {index}"))
                .execute(&mut connection)
                .await?;
        }
        seconds += began.elapsed().as_secs_f64();
    }
    Ok(seconds)
}

async fn dumped(connection: &mut PgConnection, table: &str) -> anyhow::Result<Vec<u8>> {
    let select = format!("copy (select * from views.{table}) to stdout");
    let mut rows = connection.copy_out_raw(&select).await?;
    let mut bytes = Vec::new();
    while let Some(chunk) = rows.try_next().await? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

//! What an import wrote, copied once more into tables with the same indexes: the least that so many rows cost.

use std::time::Instant;

use futures::TryStreamExt;
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Row};
use tokio::io::AsyncWriteExt;

use crate::machine::Machine;

/// What one `COPY` after the other took.
pub struct Written {
    pub rows: u64,
    pub mib: u64,
    pub seconds: f64,
}

/// Every table that the append and the vault write, each from a file into an empty table of its like.
pub async fn copied_again(machine: &Machine, events: &str, keys: &str) -> anyhow::Result<Written> {
    let mut all = Written { rows: 0, mib: 0, seconds: 0.0 };
    let mut bytes = 0;
    let tables = ["store.events", "store.commands", "store.claims", "store.unsequenced"];
    for (database, table) in tables.map(|table| (events, table)).into_iter().chain([(keys, "vault.keys")]) {
        let mut connection = PgConnection::connect(&machine.postgres.url(database)).await?;
        let file = machine.file("written");
        let mut out = tokio::io::BufWriter::new(tokio::fs::File::create(&file).await?);
        {
            let mut pieces = connection.copy_out_raw(&format!("copy {table} to stdout")).await?;
            while let Some(piece) = pieces.try_next().await? {
                bytes += piece.len() as u64;
                out.write_all(&piece).await?;
            }
        }
        out.flush().await?;
        let like = format!("create table public.written (like {table} including all)");
        sqlx::query(&like).execute(&mut connection).await?;
        let began = Instant::now();
        let mut copy = connection.copy_in_raw("copy public.written from stdin").await?;
        copy.read_from(tokio::fs::File::open(&file).await?).await?;
        copy.finish().await?;
        all.seconds += began.elapsed().as_secs_f64();
        let row = sqlx::query("select count(*) from public.written").fetch_one(&mut connection).await?;
        all.rows += u64::try_from(row.try_get::<i64, _>(0)?)?;
        sqlx::query("drop table public.written").execute(&mut connection).await?;
    }
    all.mib = bytes >> 20;
    Ok(all)
}

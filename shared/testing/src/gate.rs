//! A gate before the keys of a chunk: an import stands still between what it decided and its append, for as long as
//! a test likes.

use peiyu_servers::testing::eventually;
use sqlx::{Connection, PgConnection};

use crate::House;
use crate::house::must;

/// The lock that the gate is.
const LOCK: i64 = 20_261_124;
/// A statement that makes more keys than this makes those of a chunk.
const FEW: i32 = 10;

/// Closed until it is opened or dropped.
#[derive(Debug)]
pub struct Gate {
    holder: PgConnection,
}

impl Gate {
    /// Stops the import's chunk number `nth`, counted from 1 among those that make keys.
    ///
    /// # Panics
    /// When PostgreSQL does not answer.
    pub async fn before_chunk(house: &House, nth: i32) -> Self {
        let mut holder = must(PgConnection::connect(&house.keys.url).await, "connect to the keys");
        let closed = format!(
            "select pg_advisory_lock({LOCK}); \
             create sequence gate_passed; \
             create function gate() returns trigger language plpgsql as $$ begin \
                 if (select count(*) from made) > {FEW} and nextval('gate_passed') = {nth} then \
                     perform pg_advisory_xact_lock({LOCK}); \
                 end if; \
                 return null; \
             end $$; \
             create trigger gate after insert on vault.keys \
                 referencing new table as made for each statement execute function gate()"
        );
        must(sqlx::raw_sql(&closed).execute(&mut holder).await, "close the gate");
        Self { holder }
    }

    /// Waits until the chunk stands before it: decided, and not appended.
    ///
    /// # Panics
    /// When nobody comes.
    pub async fn is_stood_before(&mut self) {
        let select = "select count(*) from pg_locks where locktype = 'advisory' and not granted \
             and database = (select oid from pg_database where datname = current_database())";
        let holder = tokio::sync::Mutex::new(&mut self.holder);
        eventually("the chunk stands before the gate", async || {
            let waiting = sqlx::query_scalar::<_, i64>(select).fetch_one(&mut **holder.lock().await).await;
            waiting.is_ok_and(|waiting| waiting > 0)
        })
        .await;
    }

    /// Lets it through.
    ///
    /// # Panics
    /// When PostgreSQL does not answer.
    pub async fn open(self) {
        must(self.holder.close().await, "open the gate");
    }
}

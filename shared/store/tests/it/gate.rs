//! A gate inside the append: an event of a `candidate` waits there, written and not committed, until it opens.

use std::time::Duration;

use nix::unistd::Pid;
use peiyu_store::Store;
use sqlx::{Connection, PgConnection};

const HOLD: &str = "create function hold() returns trigger language plpgsql as $$ begin
        perform pg_advisory_xact_lock(4711); return null; end $$;
    create trigger hold after insert on store.events for each row
        when (new.aggregate_type = 'candidate') execute function hold();";
/// Waiting advisory locks of this database, those of the gate and others.
const WAITING: &str = "select pid from pg_locks where locktype = 'advisory' and not granted \
    and (classid = 0 and objid = 4711) = $1 \
    and database = (select oid from pg_database where datname = current_database())";

pub struct Gate {
    connection: PgConnection,
}

impl Gate {
    pub async fn closed(store: &Store) -> Self {
        sqlx::raw_sql(HOLD).execute(store.pool()).await.unwrap();
        let mut connection = PgConnection::connect_with(&store.pool().connect_options()).await.unwrap();
        sqlx::query("select pg_advisory_lock(4711)").execute(&mut connection).await.unwrap();
        Self { connection }
    }

    pub async fn open(&mut self) {
        sqlx::query("select pg_advisory_unlock(4711)").execute(&mut self.connection).await.unwrap();
    }

    /// The backend that has come to the gate.
    pub async fn backend(&mut self) -> Pid {
        for _ in 0..2000 {
            if let Some(pid) = self.waiting(true).await {
                return pid;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("no backend came to the gate within 10 s")
    }

    /// Whether somebody waits for a stream, claim or command id.
    pub async fn somebody_waits_elsewhere(&mut self) -> bool {
        self.waiting(false).await.is_some()
    }

    async fn waiting(&mut self, at_the_gate: bool) -> Option<Pid> {
        let query = sqlx::query_scalar(WAITING).bind(at_the_gate);
        query.fetch_optional(&mut self.connection).await.unwrap().map(Pid::from_raw)
    }
}

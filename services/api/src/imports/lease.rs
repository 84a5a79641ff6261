//! Of several api processes one runs an import. Its lease is a lock of a database session of its own, so a process
//! that dies lets go of it and another one goes on. Losing it in the middle costs double work, never double rows:
//! every chunk is a command with an id.

use sqlx::{Connection, PgConnection, PgPool};
use uuid::Uuid;

/// Held until it is given back or dropped.
#[derive(Debug)]
pub(super) struct Lease(PgConnection);

impl Lease {
    /// Takes it; none while another process has it.
    pub(super) async fn take(pool: &PgPool, import: Uuid) -> Result<Option<Self>, sqlx::Error> {
        // Out of the pool: to drop the connection is to let go of the lock.
        let mut session = pool.acquire().await?.detach();
        // The seeds 1 to 3 belong to the locks of store.append.
        let lock = "select pg_try_advisory_lock(hashtextextended('import:' || $1::text, 4))";
        let taken: bool = sqlx::query_scalar(lock).bind(import).fetch_one(&mut session).await?;
        Ok(taken.then_some(Self(session)))
    }

    /// Gives it back; a session that is gone has given it back already.
    pub(super) async fn give_back(self) {
        let _ = self.0.close().await;
    }
}

//! The oldest snapshot that a transaction holds: until it goes, the sequencer's queue keeps what was taken out of it.

use std::time::Duration;

use crate::Store;
use crate::error::StoreError;

impl Store {
    /// How long the oldest snapshot of this database has been held. Sessions of other roles are seen only with the
    /// right `pg_read_all_stats`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn oldest_snapshot(&self) -> Result<Duration, StoreError> {
        let seconds: f64 = sqlx::query_scalar(
            "select coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0)::float8 \
             from pg_stat_activity where datname = current_database() and backend_xmin is not null \
                 and pid <> pg_backend_pid()",
        )
        .fetch_one(&self.pool)
        .await
        .map_err(StoreError::reading)?;
        Ok(Duration::try_from_secs_f64(seconds).unwrap_or_default())
    }
}

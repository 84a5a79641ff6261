//! The brake on guessing: failures are counted by login with address, and by address, and each one over the
//! free ones doubles the wait. Nobody can lock somebody else out from another address.

use sqlx::{PgPool, Row};

/// Failures that cost nothing: by login with address, by address.
const FREE: [i32; 2] = [5, 50];
/// Longest wait, in seconds.
const LONGEST: i32 = 900;

/// Counts an attempt under both keys; the seconds to wait when it may not be made.
/// One statement a key, so that attempts sent at once are counted one after another.
pub(super) async fn count(pool: &PgPool, keys: &[[u8; 32]; 2]) -> Result<Option<u64>, sqlx::Error> {
    let mut wait = None;
    for (key, free) in keys.iter().zip(FREE) {
        let row = sqlx::query(
            "insert into api.attempts as a (key, failures) values ($1, 1) \
             on conflict (key) do update set \
                 failures = case when a.last_at < now() - interval '1 day' then 1 \
                     when a.open_again > now() then a.failures else least(a.failures + 1, 1000) end, \
                 open_again = case when a.open_again > now() then a.open_again \
                     when a.last_at < now() - interval '1 day' or a.failures + 1 < $2 then now() \
                     else now() + make_interval(secs => least($3, 2 ^ least(a.failures + 1 - $2, 20))) end, \
                 last_at = now() \
             returning greatest(0, ceil(extract(epoch from \
                 (select open_again from api.attempts where key = $1) - now())))::bigint as seconds",
        )
        .bind(key.as_slice())
        .bind(free)
        .bind(LONGEST)
        .fetch_one(pool)
        .await?;
        // Within the statement the subquery still sees the row as it was: whether it was closed before this one.
        let seconds: Option<i64> = row.try_get("seconds")?;
        let seconds = seconds.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(0);
        if seconds > 0 {
            wait = wait.max(Some(seconds));
        }
    }
    Ok(wait)
}

/// Forgets the failures of login and address after a success; those of the address alone stay.
pub(super) async fn forget(pool: &PgPool, keys: &[[u8; 32]; 2]) -> Result<(), sqlx::Error> {
    sqlx::query("delete from api.attempts where key = $1").bind(keys[0].as_slice()).execute(pool).await?;
    sqlx::query("update api.attempts set failures = greatest(failures - 1, 0) where key = $1")
        .bind(keys[1].as_slice())
        .execute(pool)
        .await?;
    Ok(())
}

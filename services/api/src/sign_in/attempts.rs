//! The brake on guessing: failures are counted by login with address, and by address, and each one over the
//! free ones doubles the wait. They fade with time. Nobody can lock somebody else out from another address.

use sqlx::{PgPool, Row};

/// The keys under which an attempt is counted, as keyed hashes.
#[derive(Debug, Clone, Copy)]
pub struct Keys {
    /// Login with address.
    pub login: [u8; 32],
    /// The address alone; none where one address may be everybody's.
    pub address: Option<[u8; 32]>,
}

/// How failures under a key are held against the next attempt.
struct Brake {
    /// Failures that cost nothing.
    free: f64,
    /// Seconds in which failures fade to one half.
    half_life: f64,
}

const LOGIN: Brake = Brake { free: 5.0, half_life: 6.0 * 3600.0 };
/// Many people share an address: it is closed later and opens sooner.
const ADDRESS: Brake = Brake { free: 50.0, half_life: 3600.0 };
/// Longest wait, in seconds.
const LONGEST: f64 = 900.0;
/// Doublings until the longest wait is reached; further failures count nothing.
const DOUBLINGS: f64 = 10.0;

/// Counts an attempt under its keys; the seconds to wait when it may not be made.
pub(super) async fn count(pool: &PgPool, keys: &Keys) -> Result<Option<u64>, sqlx::Error> {
    let mut wait = count_one(pool, &keys.login, &LOGIN).await?;
    if let Some(address) = &keys.address {
        wait = wait.max(count_one(pool, address, &ADDRESS).await?);
    }
    Ok(wait)
}

/// One statement counts, so that attempts sent at once are counted one after another; one that may not be made is
/// not counted.
async fn count_one(pool: &PgPool, key: &[u8; 32], brake: &Brake) -> Result<Option<u64>, sqlx::Error> {
    let counted = sqlx::query(
        "insert into api.attempts as a (key, failures) values ($1, 1) \
         on conflict (key) do update set (failures, open_again, last_at) = ( \
             select least(n, $2 + $5), \
                 now() + make_interval(secs => case when n < $2 then 0 \
                     else least($3, power(2::float8, least(n - $2, $5))) end), \
                 now() \
             from (select 1 + a.failures \
                 * power(0.5::float8, extract(epoch from now() - a.last_at)::float8 / $4) as n) as faded) \
         where a.open_again <= now()",
    )
    .bind(key.as_slice())
    .bind(brake.free)
    .bind(LONGEST)
    .bind(brake.half_life)
    .bind(DOUBLINGS)
    .execute(pool)
    .await?;
    if counted.rows_affected() > 0 {
        return Ok(None);
    }
    let row = sqlx::query(
        "select ceil(extract(epoch from open_again - now()))::bigint as seconds from api.attempts where key = $1",
    )
    .bind(key.as_slice())
    .fetch_optional(pool)
    .await?;
    let seconds: i64 = row.map_or(Ok(1), |row| row.try_get("seconds"))?;
    Ok(Some(u64::try_from(seconds).unwrap_or(0).max(1)))
}

/// Forgets the failures of login and address after a success, and that it was counted under the address: a right
/// password keeps nobody else at the same address waiting.
pub(super) async fn forget(pool: &PgPool, keys: &Keys) -> Result<(), sqlx::Error> {
    sqlx::query("delete from api.attempts where key = $1").bind(keys.login.as_slice()).execute(pool).await?;
    let Some(address) = &keys.address else { return Ok(()) };
    sqlx::query(
        "update api.attempts set failures = greatest(failures - 1, 0), open_again = now() where key = $1",
    )
    .bind(address.as_slice())
    .execute(pool)
    .await?;
    Ok(())
}

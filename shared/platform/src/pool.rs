//! Database connections and pools of them, with our limits.

use std::str::FromStr;
use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

/// How long a request waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that lay idle for longer is tried before it is lent: the server may have gone meanwhile. No server
/// stops and starts within less.
const TRIED_AFTER: Duration = Duration::from_millis(50);

/// How to connect to the database at an address: under a name that the server shows, with a limit of time for each
/// statement. Plans are never compiled: the server takes tables that were just filled for much larger than they are,
/// and would compile for 30 ms what runs for 1.
///
/// # Errors
/// When the address is none.
pub fn connection(
    url: &str,
    name: &str,
    statement_timeout: Duration,
) -> Result<PgConnectOptions, sqlx::Error> {
    let timeout = statement_timeout.as_millis().to_string();
    let settings = [("statement_timeout", timeout.as_str()), ("jit", "off")];
    Ok(PgConnectOptions::from_str(url)?.application_name(name).options(settings))
}

/// Options of a pool of at most so many connections. A connection in constant use is lent as it is, since trying it
/// each time would double the round trips; one that broke just now fails the statement that meets it.
#[must_use]
pub fn options(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(|connection, lain| {
            Box::pin(async move {
                if lain.idle_for >= TRIED_AFTER {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
}

//! How far each read model has come, and waiting until it has come far enough.

use std::time::Duration;

use jiff::Timestamp;
use jiff_sqlx::Timestamp as SqlTimestamp;
use sqlx::{PgConnection, PgPool, Row};
use tokio::time::{Instant, sleep};

use crate::error::ViewError;
use crate::view::View;

/// Longest wait for one's own write, whatever is asked for.
pub const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Where the serving generation of a read model stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Read model.
    pub view: View,
    /// Its schema.
    pub schema: String,
    /// Last feed position that it has taken in.
    pub position: i64,
    /// When that event was recorded; none before the first.
    pub recorded_at: Option<Timestamp>,
    /// Streams that wait because of a poison event.
    pub parked_streams: i64,
}

/// Where each read model stands.
///
/// # Errors
/// [`ViewError::Unavailable`], or [`ViewError::Missing`] before the first migration.
pub async fn positions(pool: &PgPool) -> Result<Vec<Position>, ViewError> {
    let rows = sqlx::query(
        "select c.name, c.schema, k.position, k.recorded_at, \
             (select count(distinct p.stream) from views.parked p where p.schema = c.schema) as parked \
         from views.current c join views.checkpoints k on k.schema = c.schema",
    )
    .fetch_all(pool)
    .await?;
    let mut positions = Vec::with_capacity(View::ALL.len());
    for view in View::ALL {
        let mut of_view = None;
        for row in &rows {
            let name: String = row.try_get("name")?;
            if name == view.name() {
                of_view = Some(Position {
                    view: *view,
                    schema: row.try_get("schema")?,
                    position: row.try_get("position")?,
                    recorded_at: row
                        .try_get::<Option<SqlTimestamp>, _>("recorded_at")?
                        .map(SqlTimestamp::to_jiff),
                    parked_streams: row.try_get("parked")?,
                });
            }
        }
        positions.push(of_view.ok_or(ViewError::Missing { view: view.name() })?);
    }
    Ok(positions)
}

/// The position that all of these read models have passed.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn least_position(pool: &PgPool, views: &[View]) -> Result<i64, ViewError> {
    let names: Vec<&str> = views.iter().map(|view| view.name()).collect();
    let least: Option<i64> = sqlx::query_scalar(
        "select min(k.position) from views.current c join views.checkpoints k on k.schema = c.schema \
         where c.name = any($1)",
    )
    .bind(names)
    .fetch_one(pool)
    .await?;
    Ok(least.unwrap_or(0))
}

/// Waits until all of these read models have passed a position, at most `at_most` (and [`LONGEST_WAIT`]);
/// answers the position that they show, which may still be an earlier one (promise 6).
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn wait_for(
    pool: &PgPool,
    position: i64,
    views: &[View],
    at_most: Duration,
) -> Result<i64, ViewError> {
    let until = Instant::now() + at_most.min(LONGEST_WAIT);
    loop {
        let shown = least_position(pool, views).await?;
        if shown >= position || Instant::now() >= until {
            return Ok(shown);
        }
        sleep(LOOK_AGAIN).await;
    }
}

/// The serving generation, locked until the transaction ends: the fence between two projectors.
pub(crate) struct Locked {
    pub(crate) schema: String,
    pub(crate) position: i64,
}

/// Locks the serving generation, which must be one that this binary writes.
pub(crate) async fn lock_serving(connection: &mut PgConnection, view: View) -> Result<Locked, ViewError> {
    let (locked, serving) = lock_whatever_serves(connection, view).await?;
    let own = view.definition().version;
    if serving != own {
        return Err(ViewError::OtherVersion { view: view.name(), serving, own });
    }
    Ok(locked)
}

/// Locks the serving generation; answers its version, too.
pub(crate) async fn lock_whatever_serves(
    connection: &mut PgConnection,
    view: View,
) -> Result<(Locked, i32), ViewError> {
    // Whoever waited for the lock during a switch finds the old generation gone; the next look sees the new one.
    const LOOKS: usize = 3;
    for _look in 0..LOOKS {
        let row = sqlx::query(
            "select k.schema, k.version, k.position from views.current c \
             join views.checkpoints k on k.schema = c.schema where c.name = $1 for update",
        )
        .bind(view.name())
        .fetch_optional(&mut *connection)
        .await?;
        if let Some(row) = row {
            let locked = Locked { schema: row.try_get("schema")?, position: row.try_get("position")? };
            return Ok((locked, row.try_get("version")?));
        }
    }
    Err(ViewError::Missing { view: view.name() })
}

pub(crate) async fn lock_schema(
    connection: &mut PgConnection,
    view: View,
    schema: &str,
) -> Result<Locked, ViewError> {
    let position: Option<i64> =
        sqlx::query_scalar("select position from views.checkpoints where schema = $1 for update")
            .bind(schema)
            .fetch_optional(connection)
            .await?;
    let position = position.ok_or(ViewError::Missing { view: view.name() })?;
    Ok(Locked { schema: schema.to_owned(), position })
}

/// Where a generation stands.
pub(crate) async fn position_of(connection: &mut PgConnection, schema: &str) -> Result<i64, ViewError> {
    let select = "select position from views.checkpoints where schema = $1";
    Ok(sqlx::query_scalar(select).bind(schema).fetch_optional(connection).await?.unwrap_or(0))
}

/// When the last event of a generation was recorded.
pub(crate) async fn recorded_at(connection: &mut PgConnection, schema: &str) -> Result<Timestamp, ViewError> {
    let select = "select recorded_at from views.checkpoints where schema = $1";
    let at: Option<SqlTimestamp> = sqlx::query_scalar(select).bind(schema).fetch_one(connection).await?;
    Ok(at.map_or(Timestamp::UNIX_EPOCH, SqlTimestamp::to_jiff))
}

pub(crate) async fn move_to(
    connection: &mut PgConnection,
    schema: &str,
    position: i64,
    recorded_at: Timestamp,
) -> Result<(), ViewError> {
    sqlx::query("update views.checkpoints set position = $2, recorded_at = $3 where schema = $1")
        .bind(schema)
        .bind(position)
        .bind(SqlTimestamp::from(recorded_at))
        .execute(connection)
        .await?;
    Ok(())
}

//! Retrying and skipping, one transaction at a time.

use sqlx::{PgConnection, PgPool, Row};

use super::look::{events, waiting};
use super::{By, CHUNK, Retried, Which};
use crate::applied::Applied;
use crate::apply::lazily;
use crate::checkpoint;
use crate::error::{Fault, ViewError, data_fault};
use crate::parking::Poisoned;
use crate::source::PageSource;
use crate::view::View;

/// Tries the next chunk of a parked stream; call again until nothing is parked or the stream is stuck.
///
/// # Errors
/// [`ViewError::NotParked`], [`ViewError::Feed`], [`ViewError::OtherVersion`], or [`ViewError::Unavailable`];
/// nothing was changed then.
pub async fn retry<S: PageSource>(
    pool: &PgPool,
    which: &Which,
    source: &S,
    by: By<'_>,
) -> Result<Retried, ViewError> {
    let mut size = CHUNK;
    loop {
        let waiting = events(pool, which, 0, size).await?;
        let positions: Vec<i64> = waiting.iter().map(|event| event.position).collect();
        if positions.is_empty() {
            return Err(not_parked(which, None));
        }
        let read = source.at(&positions).await.map_err(ViewError::Feed)?;
        match retry_once(pool, which, &read, None, by).await {
            Ok(Some(retried)) => return Ok(retried),
            // Somebody else was at the stream meanwhile: look again.
            Ok(None) => {}
            Err(ViewError::Unavailable(error)) => match (data_fault(&error), size) {
                // Some value is refused by the database itself: one by one, to find whose it is.
                (Some(_), 2..) => size = 1,
                (Some(fault), _) => {
                    if let Some(retried) = retry_once(pool, which, &read, Some(fault), by).await? {
                        return Ok(retried);
                    }
                }
                (None, _) => return Err(ViewError::Unavailable(error)),
            },
            Err(other) => return Err(other),
        }
    }
}

/// Passes over the first event of a parked stream, for good and in every later generation. What waits behind it
/// stays parked until it is retried; answers how many events that are.
///
/// # Errors
/// [`ViewError::NotParked`] when the stream's first event is not at `position`; else as [`retry`].
pub async fn skip(pool: &PgPool, which: &Which, position: i64, by: By<'_>) -> Result<i64, ViewError> {
    let mut transaction = pool.begin().await?;
    let locked = checkpoint::lock_serving(&mut transaction, which.view).await?;
    let first = waiting(&mut transaction, &locked.schema, which, 1).await?.pop();
    let Some(first) = first.filter(|first| first.position == position) else {
        return Err(not_parked(which, Some(position)));
    };
    sqlx::query(
        "insert into views.skipped (name, position, stream, aggregate_type, event_id, fault) \
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(which.view.name())
    .bind(position)
    .bind(which.stream)
    .bind(&which.aggregate)
    .bind(first.event_id)
    .bind(&first.reason)
    .execute(&mut *transaction)
    .await?;
    take_out(&mut transaction, &locked.schema, which, &[position]).await?;
    let parked = left(&mut transaction, &locked.schema, which).await?;
    let deed = Deed { what: "skip", position, applied: 0, parked, stuck: None };
    audit(&mut transaction, which, deed, by).await?;
    transaction.commit().await?;
    Ok(parked)
}

/// Streams that wait in a generation that was filled, and no longer in the serving one: an operator retried them
/// meanwhile. Both are locked.
pub(crate) async fn mended_meanwhile(
    connection: &mut PgConnection,
    view: View,
    serving: &str,
    filled: &str,
) -> Result<Vec<Which>, ViewError> {
    let rows = sqlx::query(
        "select aggregate_type, stream from views.parked where schema = $2 \
         except select aggregate_type, stream from views.parked where schema = $1",
    )
    .bind(serving)
    .bind(filled)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Which { view, aggregate: row.try_get("aggregate_type")?, stream: row.try_get("stream")? })
        })
        .collect()
}

/// Applies events that were read before the lock was taken; none when the stream's head is another one by now.
/// With a `fault` the first of them is known to be refused by the database, and only that is noted.
async fn retry_once(
    pool: &PgPool,
    which: &Which,
    read: &[Applied],
    fault: Option<Fault>,
    by: By<'_>,
) -> Result<Option<Retried>, ViewError> {
    let Some(first) = read.first() else { return Ok(None) };
    let mut transaction = pool.begin().await?;
    lazily(&mut transaction).await?;
    let locked = checkpoint::lock_serving(&mut transaction, which.view).await?;
    let size = i64::try_from(read.len()).unwrap_or(CHUNK);
    let waiting = waiting(&mut transaction, &locked.schema, which, size).await?;
    if !waiting.iter().map(|event| event.position).eq(read.iter().map(|event| event.position)) {
        return Ok(None);
    }
    let poisoned = match fault {
        Some(fault) => Poisoned::one(first, fault),
        None => {
            let events: Vec<&Applied> = read.iter().collect();
            which.view.run(&mut transaction, &locked.schema, &events).await?
        }
    };
    let stuck = poisoned.get(first).cloned();
    let taken = read.iter().take_while(|event| stuck.as_ref().is_none_or(|(at, _)| event.position < *at));
    let taken: Vec<i64> = taken.map(|event| event.position).collect();
    take_out(&mut transaction, &locked.schema, which, &taken).await?;
    if let Some((position, fault)) = &stuck {
        note_fault(&mut transaction, &locked.schema, which, *position, fault).await?;
    }
    let applied = i64::try_from(taken.len()).unwrap_or(i64::MAX);
    let parked = left(&mut transaction, &locked.schema, which).await?;
    let deed = Deed { what: "retry", position: first.position, applied, parked, stuck: stuck.as_ref() };
    audit(&mut transaction, which, deed, by).await?;
    transaction.commit().await?;
    let stuck = stuck.map(|(position, fault)| (position, fault.code().to_owned()));
    Ok(Some(Retried { applied, parked, stuck }))
}

fn not_parked(which: &Which, at: Option<i64>) -> ViewError {
    ViewError::NotParked { view: which.view.name(), stream: which.stream, at }
}

async fn take_out(
    connection: &mut PgConnection,
    schema: &str,
    which: &Which,
    positions: &[i64],
) -> Result<(), ViewError> {
    sqlx::query("delete from views.parked where schema = $1 and stream = $2 and position = any($3)")
        .bind(schema)
        .bind(which.stream)
        .bind(positions)
        .execute(connection)
        .await?;
    Ok(())
}

/// The event at which the stream is stuck bears the code; those before it are gone and those behind it wait.
async fn note_fault(
    connection: &mut PgConnection,
    schema: &str,
    which: &Which,
    position: i64,
    fault: &Fault,
) -> Result<(), ViewError> {
    sqlx::query("update views.parked set reason = $4 where schema = $1 and stream = $2 and position = $3")
        .bind(schema)
        .bind(which.stream)
        .bind(position)
        .bind(fault.code())
        .execute(connection)
        .await?;
    Ok(())
}

async fn left(connection: &mut PgConnection, schema: &str, which: &Which) -> Result<i64, ViewError> {
    let select =
        "select count(*) from views.parked where schema = $1 and aggregate_type = $2 and stream = $3";
    let count = sqlx::query_scalar(select).bind(schema).bind(&which.aggregate).bind(which.stream);
    Ok(count.fetch_one(connection).await?)
}

/// What is put on record of one transaction.
struct Deed<'a> {
    what: &'static str,
    position: i64,
    applied: i64,
    parked: i64,
    stuck: Option<&'a (i64, Fault)>,
}

async fn audit(
    connection: &mut PgConnection,
    which: &Which,
    deed: Deed<'_>,
    by: By<'_>,
) -> Result<(), ViewError> {
    sqlx::query(
        "insert into views.interventions \
             (at, who, what, why, name, stream, aggregate_type, position, applied, parked, request, stuck_at, fault) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(jiff_sqlx::Timestamp::from(by.at))
    .bind(by.who)
    .bind(deed.what)
    .bind(by.why)
    .bind(which.view.name())
    .bind(which.stream)
    .bind(&which.aggregate)
    .bind(deed.position)
    .bind(deed.applied)
    .bind(deed.parked)
    .bind(by.request)
    .bind(deed.stuck.map(|(at, _)| *at))
    .bind(deed.stuck.map(|(_, fault)| fault.code()))
    .execute(connection)
    .await?;
    Ok(())
}

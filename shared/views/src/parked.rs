//! What operators do about parked streams: list, look, retry, skip. Each change is one transaction under the lock
//! that arrivals take, at most [`CHUNK`] events long, and leaves a row of who, when and why.

use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool, Row};
use uuid::Uuid;

use crate::applied::Applied;
use crate::apply::lazily;
use crate::checkpoint;
use crate::error::{Fault, ViewError, data_fault};
use crate::parking::Poisoned;
use crate::source::PageSource;
use crate::view::View;

/// Most events of one transaction.
pub const CHUNK: i64 = 500;

/// A stream that waits in the serving generation of a read model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedStream {
    /// Read model.
    pub view: View,
    /// Kind of the aggregate.
    pub aggregate: String,
    /// Its id.
    pub stream: Uuid,
    /// Position of the first event that waits: the bad one.
    pub position: i64,
    /// Its id.
    pub event_id: Uuid,
    /// Why it cannot be taken in, a code such as `unreadable`.
    pub reason: String,
    /// Events that wait, the bad one included.
    pub events: i64,
}

/// One event that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedEvent {
    /// Feed position.
    pub position: i64,
    /// Its id.
    pub event_id: Uuid,
    /// A code, or `waits` for those behind the bad one.
    pub reason: String,
}

/// Which stream of which read model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Which {
    /// Read model.
    pub view: View,
    /// Kind of the aggregate.
    pub aggregate: String,
    /// Its id.
    pub stream: Uuid,
}

/// Whose doing it is; kept with what was done.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// Account of the operator.
    pub who: &'a str,
    /// Reason; an operator's words, without personal data.
    pub why: &'a str,
    /// When, by the injected clock.
    pub at: Timestamp,
}

/// What a chunk of a retry came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retried {
    /// Events taken in.
    pub applied: i64,
    /// Events of the stream that still wait.
    pub parked: i64,
    /// The event that cannot be taken in, when the stream is stuck there: position and code.
    pub stuck: Option<(i64, String)>,
}

/// How much waits in the serving generation of a read model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Streams.
    pub streams: i64,
    /// Events of theirs.
    pub events: i64,
    /// Events that operators decided to pass over, ever.
    pub skipped: i64,
}

impl ParkedStream {
    /// Which stream it is.
    #[must_use]
    pub fn which(&self) -> Which {
        Which { view: self.view, aggregate: self.aggregate.clone(), stream: self.stream }
    }
}

/// How much waits, exactly, as of one look.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn count(pool: &PgPool, view: View) -> Result<Counts, ViewError> {
    let row = sqlx::query(
        "select count(distinct (p.aggregate_type, p.stream)) as streams, count(*) as events, \
             (select count(*) from views.skipped s where s.name = $1) as skipped \
         from views.current c join views.parked p on p.schema = c.schema where c.name = $1",
    )
    .bind(view.name())
    .fetch_one(pool)
    .await?;
    Ok(Counts {
        streams: row.try_get("streams")?,
        events: row.try_get("events")?,
        skipped: row.try_get("skipped")?,
    })
}

/// Streams that wait in a read model, by the position of their first event, behind one; at most `limit`.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn list(pool: &PgPool, view: View, after: i64, limit: i64) -> Result<Vec<ParkedStream>, ViewError> {
    let rows = sqlx::query(
        "select w.*, p.event_id, p.reason from ( \
             select p.schema, p.aggregate_type, p.stream, min(p.position) as position, count(*) as events \
             from views.current c join views.parked p on p.schema = c.schema where c.name = $1 \
             group by p.schema, p.aggregate_type, p.stream having min(p.position) > $2 \
             order by min(p.position) limit $3 \
         ) w join views.parked p using (schema, stream, position) order by w.position",
    )
    .bind(view.name())
    .bind(after)
    .bind(limit.max(1))
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(ParkedStream {
                view,
                aggregate: row.try_get("aggregate_type")?,
                stream: row.try_get("stream")?,
                position: row.try_get("position")?,
                event_id: row.try_get("event_id")?,
                reason: row.try_get("reason")?,
                events: row.try_get("events")?,
            })
        })
        .collect()
}

/// The streams of that id which wait in a read model: a person and a candidate may share one.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn of_id(pool: &PgPool, view: View, stream: Uuid) -> Result<Vec<Which>, ViewError> {
    let kinds: Vec<String> = sqlx::query_scalar(
        "select distinct p.aggregate_type from views.current c join views.parked p on p.schema = c.schema \
         where c.name = $1 and p.stream = $2 order by 1",
    )
    .bind(view.name())
    .bind(stream)
    .fetch_all(pool)
    .await?;
    Ok(kinds.into_iter().map(|aggregate| Which { view, aggregate, stream }).collect())
}

/// The events of a stream that wait, in order, behind a position; at most `limit`.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn events(
    pool: &PgPool,
    which: &Which,
    after: i64,
    limit: i64,
) -> Result<Vec<ParkedEvent>, ViewError> {
    let rows = sqlx::query(
        "select p.position, p.event_id, p.reason from views.current c join views.parked p on p.schema = c.schema \
         where c.name = $1 and p.aggregate_type = $2 and p.stream = $3 and p.position > $4 \
         order by p.position limit $5",
    )
    .bind(which.view.name())
    .bind(&which.aggregate)
    .bind(which.stream)
    .bind(after)
    .bind(limit.max(1))
    .fetch_all(pool)
    .await?;
    rows.iter().map(parked_event).collect()
}

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
    audit(&mut transaction, "skip", which, (position, 0, parked), by).await?;
    transaction.commit().await?;
    Ok(parked)
}

/// Streams that wait in a generation that was filled, and no longer in the serving one: an operator retried them or
/// skipped an event meanwhile. What was skipped is taken out. Both are locked.
pub(crate) async fn mended_meanwhile(
    connection: &mut PgConnection,
    view: View,
    serving: &str,
    filled: &str,
) -> Result<Vec<Which>, ViewError> {
    let rows = sqlx::query(
        "with skipped as ( \
             delete from views.parked p using views.skipped s \
             where p.schema = $3 and s.name = $1 and s.position = p.position returning p.aggregate_type, p.stream \
         ) select aggregate_type, stream from skipped \
         union ( \
             select aggregate_type, stream from views.parked where schema = $3 \
             except select aggregate_type, stream from views.parked where schema = $2)",
    )
    .bind(view.name())
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
    audit(&mut transaction, "retry", which, (first.position, applied, parked), by).await?;
    transaction.commit().await?;
    let stuck = stuck.map(|(position, fault)| (position, fault.code().to_owned()));
    Ok(Some(Retried { applied, parked, stuck }))
}

fn not_parked(which: &Which, at: Option<i64>) -> ViewError {
    ViewError::NotParked { view: which.view.name(), stream: which.stream, at }
}

fn parked_event(row: &PgRow) -> Result<ParkedEvent, ViewError> {
    Ok(ParkedEvent {
        position: row.try_get("position")?,
        event_id: row.try_get("event_id")?,
        reason: row.try_get("reason")?,
    })
}

/// The first events of a stream that wait in a schema.
async fn waiting(
    connection: &mut PgConnection,
    schema: &str,
    which: &Which,
    limit: i64,
) -> Result<Vec<ParkedEvent>, ViewError> {
    let rows = sqlx::query(
        "select position, event_id, reason from views.parked \
         where schema = $1 and aggregate_type = $2 and stream = $3 order by position limit $4",
    )
    .bind(schema)
    .bind(&which.aggregate)
    .bind(which.stream)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter().map(parked_event).collect()
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

async fn audit(
    connection: &mut PgConnection,
    what: &str,
    which: &Which,
    (position, applied, parked): (i64, i64, i64),
    by: By<'_>,
) -> Result<(), ViewError> {
    sqlx::query(
        "insert into views.interventions \
             (at, who, what, why, name, stream, aggregate_type, position, applied, parked) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(jiff_sqlx::Timestamp::from(by.at))
    .bind(by.who)
    .bind(what)
    .bind(by.why)
    .bind(which.view.name())
    .bind(which.stream)
    .bind(&which.aggregate)
    .bind(position)
    .bind(applied)
    .bind(parked)
    .execute(connection)
    .await?;
    Ok(())
}

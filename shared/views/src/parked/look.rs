//! What waits: counts, streams, events; never their content.

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool, Row};
use uuid::Uuid;

use super::{Counts, ParkedEvent, ParkedStream, Scope, Which};
use crate::error::ViewError;
use crate::view::View;

/// How much waits of these streams, exactly, as of one look at each read model.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn count(pool: &PgPool, scope: &Scope) -> Result<Counts, ViewError> {
    let mut counts = Counts::default();
    for view in scope.views() {
        let row = sqlx::query(
            "select count(distinct (p.aggregate_type, p.stream)) as streams, count(*) as events, \
                 (select count(*) from views.skipped s where s.name = $1 \
                     and ($2::text is null or s.aggregate_type = $2) and ($3::uuid is null or s.stream = $3)) as skipped \
             from views.current c join views.parked p on p.schema = c.schema where c.name = $1 \
                 and ($2::text is null or p.aggregate_type = $2) and ($3::uuid is null or p.stream = $3)",
        )
        .bind(view.name())
        .bind(scope.kind.as_deref())
        .bind(scope.stream)
        .fetch_one(pool)
        .await?;
        counts.streams += row.try_get::<i64, _>("streams")?;
        counts.events += row.try_get::<i64, _>("events")?;
        counts.skipped += row.try_get::<i64, _>("skipped")?;
    }
    Ok(counts)
}

/// Those of these streams that wait in a read model, by the position of their first event, behind one; at most
/// `limit`.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn list(
    pool: &PgPool,
    view: View,
    scope: &Scope,
    after: i64,
    limit: i64,
) -> Result<Vec<ParkedStream>, ViewError> {
    let rows = sqlx::query(
        "select w.*, p.event_id, p.reason from ( \
             select p.schema, p.aggregate_type, p.stream, min(p.position) as position, count(*) as events \
             from views.current c join views.parked p on p.schema = c.schema where c.name = $1 \
                 and ($4::text is null or p.aggregate_type = $4) and ($5::uuid is null or p.stream = $5) \
             group by p.schema, p.aggregate_type, p.stream having min(p.position) > $2 \
             order by min(p.position) limit $3 \
         ) w join views.parked p using (schema, stream, position) order by w.position",
    )
    .bind(view.name())
    .bind(after)
    .bind(limit.max(1))
    .bind(scope.kind.as_deref())
    .bind(scope.stream)
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

/// The first events of a stream that wait in a schema.
pub(super) async fn waiting(
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

fn parked_event(row: &PgRow) -> Result<ParkedEvent, ViewError> {
    Ok(ParkedEvent {
        position: row.try_get("position")?,
        event_id: row.try_get("event_id")?,
        reason: row.try_get("reason")?,
    })
}

//! Skips that came while a generation was filled: of an event that was mended meanwhile, the generation may have
//! taken in what is passed over where it serves. Such a stream is taken in anew, without the event.

use std::collections::BTreeSet;

use sqlx::{Connection, PgConnection, PgPool, Row};
use uuid::Uuid;

use crate::applied::Applied;
use crate::apply::lazily;
use crate::checkpoint;
use crate::error::ViewError;
use crate::generation::Generation;
use crate::replay::take_in;
use crate::source::PageSource;

/// A stream with skips that a generation may not have taken into account.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unknown {
    stream: Uuid,
    /// The place of the last of them in the record of interventions.
    no: i64,
}

/// A stream with skips that came after those which a generation has taken into account, if it does not serve yet: the
/// one whose last skip is the earliest. While what serves is locked, none can be on its way.
pub(crate) async fn unknown(
    connection: &mut PgConnection,
    generation: &Generation,
) -> Result<Option<Unknown>, ViewError> {
    let row = sqlx::query(
        "select i.stream, max(i.no) as no from views.interventions i \
         where i.name = $1 and i.what = 'skip' \
             and i.no > (select k.skips_known from views.checkpoints k where k.schema = $2) \
             and not exists (select 1 from views.current c where c.schema = $2) \
         group by i.stream order by max(i.no) limit 1",
    )
    .bind(generation.view.name())
    .bind(&generation.schema)
    .fetch_optional(connection)
    .await?;
    row.map(|row| Ok(Unknown { stream: row.try_get("stream")?, no: row.try_get("no")? })).transpose()
}

/// Takes all such streams in anew, each in a transaction of its own.
pub(crate) async fn carry_over<S: PageSource>(
    pool: &PgPool,
    generation: &Generation,
    source: &S,
) -> Result<(), ViewError> {
    if unknown(&mut *pool.acquire().await?, generation).await?.is_none() {
        return Ok(());
    }
    // Of its own: a COPY that is dropped halfway must not come back to the pool.
    let mut connection = pool.acquire().await?.detach();
    while let Some(skip) = unknown(&mut connection, generation).await? {
        tracing::info!(
            view = generation.view.name(), stream = %skip.stream,
            "an event was skipped while the generation was filled; its stream is taken in anew"
        );
        take_anew(&mut connection, generation, source, &skip).await?;
    }
    connection.close().await?;
    Ok(())
}

/// Changes nothing when somebody else was at the generation while the stream was read: it is to be looked at again.
async fn take_anew<S: PageSource>(
    connection: &mut PgConnection,
    generation: &Generation,
    source: &S,
    skip: &Unknown,
) -> Result<(), ViewError> {
    let position = checkpoint::position_of(&mut *connection, &generation.schema).await?;
    let kinds: BTreeSet<&str> = generation.view.definition().aggregates.iter().copied().collect();
    let mut streams = Vec::with_capacity(kinds.len());
    for kind in kinds {
        streams.push(one_stream(source, kind, skip.stream, position).await?);
    }
    let mut transaction = connection.begin().await?;
    lazily(&mut transaction).await?;
    let filled = checkpoint::lock_schema(&mut transaction, generation.view, &generation.schema).await?;
    if filled.position != position || unknown(&mut transaction, generation).await?.as_ref() != Some(skip) {
        return Ok(());
    }
    forget(&mut transaction, generation, skip.stream).await?;
    for events in streams {
        take_in(&mut transaction, generation, &events).await?;
    }
    sqlx::query("update views.checkpoints set skips_known = $2 where schema = $1")
        .bind(&generation.schema)
        .bind(skip.no)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

/// The events of one stream up to a position.
async fn one_stream<S: PageSource>(
    source: &S,
    kind: &str,
    stream: Uuid,
    up_to: i64,
) -> Result<Vec<Applied>, ViewError> {
    let before = stream.as_u128().checked_sub(1).map(Uuid::from_u128);
    let mut page = source.streams(kind, before, up_to).await.map_err(ViewError::Feed)?;
    page.retain(|applied| applied.aggregate_id == stream);
    Ok(page)
}

/// Removes what a stream owns in a generation: its rows, and what waits of it.
async fn forget(
    connection: &mut PgConnection,
    generation: &Generation,
    stream: Uuid,
) -> Result<(), ViewError> {
    let Generation { view, schema } = generation;
    for table in view.definition().tables {
        let delete = format!("delete from {schema}.{} where {} = $1", table.name, table.owner);
        sqlx::query(&delete).bind(stream).execute(&mut *connection).await?;
    }
    sqlx::query("delete from views.parked where schema = $1 and stream = $2")
        .bind(schema)
        .bind(stream)
        .execute(connection)
        .await?;
    Ok(())
}

//! Replaying the feed into new generations, stream by stream: every row is folded in memory and written once.
//!
//! Rows are owned by streams, so the order between streams does not matter and whole streams can be taken one after
//! the other, up to a position that is fixed at the beginning. Rows and how far the replay has come are committed
//! together, so that a replay which was cut off goes on where it was.

use std::collections::BTreeSet;

use sqlx::{Connection, PgConnection, PgPool, Row};
use uuid::Uuid;

use crate::applied::Applied;
use crate::apply::lazily;
use crate::checkpoint;
use crate::error::{ViewError, data_fault};
use crate::generation::Generation;
use crate::parking::{self, Poisoned};
use crate::rebuild::Tell;
use crate::source::PageSource;
use crate::view::View;

/// How far a replay has come.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Progress {
    /// Last position that it takes in.
    pub(crate) goal: i64,
    /// Kind and id of the last stream taken in; none at the beginning.
    pub(crate) last: Option<(String, Uuid)>,
    /// Events taken in.
    pub(crate) events: i64,
}

impl Progress {
    /// The beginning of a replay up to a position.
    pub(crate) fn to(goal: i64) -> Self {
        Self { goal, last: None, events: 0 }
    }

    /// How far an unfinished generation has come; none when it has not begun, or has ended its replay.
    pub(crate) async fn of(connection: &mut PgConnection, schema: &str) -> Result<Option<Self>, ViewError> {
        let row = sqlx::query(
            "select goal, replayed_type, replayed_stream, replayed_events from views.checkpoints \
             where schema = $1 and position = 0 and goal is not null",
        )
        .bind(schema)
        .fetch_optional(connection)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let (kind, stream): (Option<String>, Option<Uuid>) =
            (row.try_get("replayed_type")?, row.try_get("replayed_stream")?);
        let (goal, events) = (row.try_get("goal")?, row.try_get("replayed_events")?);
        Ok(Some(Self { goal, last: kind.zip(stream), events }))
    }

    async fn write(&self, connection: &mut PgConnection, schemas: &[&str]) -> Result<(), ViewError> {
        let (kind, stream) = self.last.clone().unzip();
        sqlx::query(
            "update views.checkpoints set goal = $2, replayed_type = $3, replayed_stream = $4, replayed_events = $5 \
             where schema = any($1)",
        )
        .bind(schemas)
        .bind(self.goal)
        .bind(kind)
        .bind(stream)
        .bind(self.events)
        .execute(connection)
        .await?;
        Ok(())
    }
}

/// Replays into generations that stand equally far, up to their goal, where their checkpoint stands afterwards.
pub(crate) async fn replay<S: PageSource>(
    pool: &PgPool,
    generations: &[Generation],
    source: &S,
    mut progress: Progress,
    tell: Tell<'_>,
) -> Result<(), ViewError> {
    let views: Vec<View> = generations.iter().map(|generation| generation.view).collect();
    let kinds: BTreeSet<&str> = views.iter().flat_map(|view| view.definition().aggregates).copied().collect();
    let begun = progress.last.clone();
    // Of its own: a COPY that is dropped halfway must not come back to the pool.
    let mut connection = pool.acquire().await?.detach();
    for kind in kinds {
        let mut after = match &begun {
            Some((last, _)) if kind < last.as_str() => continue,
            Some((last, stream)) if kind == last => Some(*stream),
            Some(_) | None => None,
        };
        let mut page = streams(source, kind, after, progress.goal).await?;
        while let Some(last) = page.last().map(|applied| applied.aggregate_id) {
            after = Some(last);
            progress.last = Some((kind.to_owned(), last));
            progress.events += i64::try_from(page.len()).unwrap_or(0);
            // The next is read and unsealed while this one is folded and written.
            let (next, taken) = tokio::join!(
                streams(source, kind, after, progress.goal),
                take(&mut connection, generations, kind, &page, &progress)
            );
            taken?;
            page = next?;
            tell(progress.events, progress.goal);
        }
    }
    finish(&mut connection, generations, source, progress.goal).await?;
    connection.close().await?;
    Ok(())
}

async fn streams<S: PageSource>(
    source: &S,
    kind: &str,
    after: Option<Uuid>,
    up_to: i64,
) -> Result<Vec<Applied>, ViewError> {
    source.streams(kind, after, up_to).await.map_err(ViewError::Feed)
}

/// One page of whole streams into every generation that takes them, and how far that is, in one transaction.
async fn take(
    connection: &mut PgConnection,
    generations: &[Generation],
    kind: &str,
    page: &[Applied],
    progress: &Progress,
) -> Result<(), ViewError> {
    let mut transaction = connection.begin().await?;
    lazily(&mut transaction).await?;
    for generation in generations.iter().filter(|generation| generation.view.takes(kind)) {
        take_in(&mut transaction, generation, page).await?;
    }
    let schemas: Vec<&str> = generations.iter().map(|generation| generation.schema.as_str()).collect();
    progress.write(&mut transaction, &schemas).await?;
    transaction.commit().await?;
    peiyu_platform::failpoint("views.replayed");
    Ok(())
}

/// Whole streams into a generation that holds nothing of them yet.
pub(crate) async fn take_in(
    connection: &mut PgConnection,
    Generation { view, schema }: &Generation,
    events: &[Applied],
) -> Result<(), ViewError> {
    let events: Vec<&Applied> = events.iter().collect();
    let away = parking::set_aside(connection, *view, schema, &events).await?;
    let events: Vec<&Applied> = events.into_iter().filter(|one| !away.is_skipped(one)).collect();
    let poisoned = match copied(connection, *view, schema, &events).await {
        Err(ViewError::Unavailable(error)) if data_fault(&error).is_some() => {
            // Some value is refused by the database itself: one by one, to find whose it is.
            singly(connection, *view, schema, &events).await?
        }
        other => other?,
    };
    parking::park(connection, *view, schema, &events, &away, &poisoned).await
}

async fn copied(
    connection: &mut PgConnection,
    view: View,
    schema: &str,
    events: &[&Applied],
) -> Result<Poisoned, ViewError> {
    let mut point = connection.begin().await?;
    let poisoned = view.replay(&mut point, schema, events).await?;
    point.commit().await?;
    Ok(poisoned)
}

async fn singly(
    connection: &mut PgConnection,
    view: View,
    schema: &str,
    events: &[&Applied],
) -> Result<Poisoned, ViewError> {
    let mut poisoned = Poisoned::default();
    for applied in events {
        if poisoned.get(applied).is_some() {
            continue;
        }
        let mut point = connection.begin().await?;
        match view.run(&mut point, schema, &[applied]).await {
            Ok(bad) => {
                if let Some((_, fault)) = bad.get(applied) {
                    poisoned.add(applied, fault.clone());
                }
                point.commit().await?;
            }
            Err(ViewError::Unavailable(error)) => match data_fault(&error) {
                Some(fault) => {
                    point.rollback().await?;
                    poisoned.add(applied, fault);
                }
                None => return Err(ViewError::Unavailable(error)),
            },
            Err(other) => return Err(other),
        }
    }
    Ok(poisoned)
}

/// The generations stand at the goal now, as if they had come there page by page.
async fn finish<S: PageSource>(
    connection: &mut PgConnection,
    generations: &[Generation],
    source: &S,
    goal: i64,
) -> Result<(), ViewError> {
    if goal == 0 {
        return Ok(());
    }
    let last = source.at(&[goal]).await.map_err(ViewError::Feed)?;
    let Some(last) = last.first() else { return Ok(()) };
    for Generation { schema, .. } in generations {
        checkpoint::move_to(connection, schema, goal, last.metadata.recorded_at).await?;
    }
    Ok(())
}

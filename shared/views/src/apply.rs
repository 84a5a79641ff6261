//! One page of the feed into one read model: begin; lock the checkpoint; fold; move it; commit.

use std::collections::{HashMap, HashSet};

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::applied::Applied;
use crate::checkpoint::{self, Locked};
use crate::error::{Fault, ViewError, data_fault};
use crate::view::View;

/// Most events of one page.
pub const MAX_PAGE: usize = 1000;

/// Which generation is written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target<'a> {
    /// The one that serves.
    Serving,
    /// One that is being filled.
    Schema(&'a str),
}

/// Takes a page into the serving generation of a read model; answers its position afterwards.
/// Events up to the checkpoint are passed over, so a page may be given again.
///
/// # Errors
/// [`ViewError::NotNext`] when the page leaves a gap, [`ViewError::Unavailable`] when it is to be tried again.
/// Nothing was changed then.
pub async fn apply_page(pool: &PgPool, view: View, page: &[Applied]) -> Result<i64, ViewError> {
    apply_to(pool, view, Target::Serving, page).await
}

/// Moves read models that stand exactly at `from` and have no interest in the page on to its end, in one statement.
///
/// # Errors
/// [`ViewError::Unavailable`]; nothing was changed then.
pub async fn pass_over(pool: &PgPool, views: &[View], from: i64, page: &[Applied]) -> Result<(), ViewError> {
    let Some(last) = page.last() else { return Ok(()) };
    let names: Vec<&str> = views.iter().map(|view| view.name()).collect();
    let mut transaction = pool.begin().await?;
    lazily(&mut transaction).await?;
    sqlx::query(
        "update views.checkpoints k set position = $3, recorded_at = $4 \
         from (select schema from views.current where name = any($1) order by name for update) c \
         where k.schema = c.schema and k.position = $2",
    )
    .bind(names)
    .bind(from)
    .bind(last.position)
    .bind(jiff_sqlx::Timestamp::from(last.metadata.recorded_at))
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(())
}

pub(crate) async fn apply_to(
    pool: &PgPool,
    view: View,
    target: Target<'_>,
    page: &[Applied],
) -> Result<i64, ViewError> {
    let whole = apply_once(pool, view, target, page).await;
    match whole {
        Err(ViewError::Unavailable(error)) if data_fault(&error).is_some() => {
            // Some value is refused by the database itself: one by one, to find whose it is.
            apply_singly(pool, view, target, page).await
        }
        other => other,
    }
}

async fn apply_singly(
    pool: &PgPool,
    view: View,
    target: Target<'_>,
    page: &[Applied],
) -> Result<i64, ViewError> {
    let mut position = 0;
    for applied in page {
        let single = std::slice::from_ref(applied);
        position = match apply_once(pool, view, target, single).await {
            Err(ViewError::Unavailable(error)) => match data_fault(&error) {
                Some(fault) => park_only(pool, view, target, applied, &fault).await?,
                None => return Err(ViewError::Unavailable(error)),
            },
            other => other?,
        };
    }
    Ok(position)
}

async fn apply_once(
    pool: &PgPool,
    view: View,
    target: Target<'_>,
    page: &[Applied],
) -> Result<i64, ViewError> {
    let mut transaction = pool.begin().await?;
    lazily(&mut transaction).await?;
    let locked = lock(&mut transaction, view, target).await?;
    let position = apply_within(&mut transaction, view, &locked, page).await?;
    transaction.commit().await?;
    Ok(position)
}

/// The part between lock and commit; for whoever holds the lock for longer (switch, verification).
pub(crate) async fn apply_within(
    connection: &mut PgConnection,
    view: View,
    locked: &Locked,
    page: &[Applied],
) -> Result<i64, ViewError> {
    let Locked { schema, position } = locked;
    let behind = page.partition_point(|applied| applied.position <= *position);
    let fresh = &page[behind..];
    let (Some(first), Some(last)) = (fresh.first(), fresh.last()) else { return Ok(*position) };
    let dense = i64::try_from(fresh.len()).is_ok_and(|length| last.position - position == length);
    if first.position != position + 1 || !dense {
        return Err(ViewError::NotNext { view: view.name(), expected: position + 1, given: first.position });
    }
    let wanted: Vec<&Applied> = fresh.iter().filter(|applied| view.takes(&applied.aggregate_type)).collect();
    if !wanted.is_empty() {
        let mut parked = parked_streams(connection, schema).await?;
        let open: Vec<&Applied> =
            wanted.iter().copied().filter(|applied| !parked.contains(&applied.aggregate_id)).collect();
        let poisoned = view.run(connection, schema, &open).await?;
        parked.extend(poisoned.keys());
        park(connection, view, schema, &wanted, &parked, &poisoned).await?;
    }
    checkpoint::move_to(connection, schema, last.position, last.metadata.recorded_at).await?;
    Ok(last.position)
}

/// Takes a single event out of the way that the database refuses, with those that come behind it.
async fn park_only(
    pool: &PgPool,
    view: View,
    target: Target<'_>,
    applied: &Applied,
    fault: &Fault,
) -> Result<i64, ViewError> {
    let mut transaction = pool.begin().await?;
    let locked = lock(&mut transaction, view, target).await?;
    if applied.position == locked.position + 1 {
        let poisoned = HashMap::from([(applied.aggregate_id, (applied.position, fault.clone()))]);
        let parked = HashSet::from([applied.aggregate_id]);
        park(&mut transaction, view, &locked.schema, &[applied], &parked, &poisoned).await?;
        checkpoint::move_to(&mut transaction, &locked.schema, applied.position, applied.metadata.recorded_at)
            .await?;
    }
    transaction.commit().await?;
    Ok(applied.position.max(locked.position))
}

async fn lock(connection: &mut PgConnection, view: View, target: Target<'_>) -> Result<Locked, ViewError> {
    match target {
        Target::Serving => checkpoint::lock_serving(connection, view).await,
        Target::Schema(schema) => checkpoint::lock_schema(connection, view, schema).await,
    }
}

/// Rows and checkpoint are lost together in a crash of the server and come again from the feed, so nobody waits
/// for the disk here. Plans are made for the values at hand: one kept from when a table was empty would read
/// all of it for every page of a rebuild.
async fn lazily(connection: &mut PgConnection) -> Result<(), ViewError> {
    sqlx::query(
        "select set_config('synchronous_commit', 'off', true), \
             set_config('plan_cache_mode', 'force_custom_plan', true)",
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn parked_streams(connection: &mut PgConnection, schema: &str) -> Result<HashSet<Uuid>, ViewError> {
    let select = "select distinct stream from views.parked where schema = $1";
    let streams: Vec<Uuid> = sqlx::query_scalar(select).bind(schema).fetch_all(connection).await?;
    Ok(streams.into_iter().collect())
}

async fn park(
    connection: &mut PgConnection,
    view: View,
    schema: &str,
    wanted: &[&Applied],
    parked: &HashSet<Uuid>,
    poisoned: &HashMap<Uuid, (i64, Fault)>,
) -> Result<(), ViewError> {
    for applied in wanted.iter().filter(|applied| parked.contains(&applied.aggregate_id)) {
        let reason = match poisoned.get(&applied.aggregate_id) {
            Some((position, _)) if applied.position < *position => continue,
            Some((position, fault)) if applied.position == *position => fault.code(),
            Some(_) | None => "waits",
        };
        if reason != "waits" {
            tracing::error!(
                view = view.name(), stream = %applied.aggregate_id, position = applied.position, reason,
                "an event cannot be taken in; its stream waits and the others go on"
            );
        }
        sqlx::query(
            "insert into views.parked (schema, stream, position, aggregate_type, event_id, reason) \
             values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(schema)
        .bind(applied.aggregate_id)
        .bind(applied.position)
        .bind(&applied.aggregate_type)
        .bind(applied.metadata.event_id)
        .bind(reason)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

//! One page of the feed into one read model: begin; lock the checkpoint; fold; move it; commit.

use sqlx::{PgConnection, PgPool};

use crate::applied::Applied;
use crate::checkpoint::{self, Locked};
use crate::error::{ViewError, data_fault};
use crate::parking::{self, Poisoned};
use crate::view::View;

/// Most events of one page.
pub const MAX_PAGE: usize = 1000;

/// After so long without a word within a transaction its process counts as asleep.
const ASLEEP: &str = "10s";

/// Which generation is written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target<'a> {
    /// The one that serves.
    Serving,
    /// One that is being filled.
    Schema(&'a str),
}

impl Target<'_> {
    pub(crate) async fn lock(self, connection: &mut PgConnection, view: View) -> Result<Locked, ViewError> {
        match self {
            Self::Serving => checkpoint::lock_serving(connection, view).await,
            Self::Schema(schema) => checkpoint::lock_schema(connection, view, schema).await,
        }
    }
}

/// Takes a page into the serving generation of a read model; answers its position afterwards.
/// Events up to the checkpoint are passed over, so a page may be given again.
///
/// # Errors
/// [`ViewError::NotNext`] when the page leaves a gap, [`ViewError::OtherVersion`] when another binary's generation
/// serves, [`ViewError::Unavailable`] when it is to be tried again. Nothing was changed then.
pub async fn apply_page(pool: &PgPool, view: View, page: &[Applied]) -> Result<i64, ViewError> {
    apply_to(pool, view, Target::Serving, page).await
}

/// Moves read models that stand exactly at `from` and have no interest in the page on to its end, in one statement.
/// Answers which of them it moved: the others were moved by another projector, maybe not as far.
///
/// # Errors
/// [`ViewError::Unavailable`]; nothing was changed then. [`ViewError::OtherVersion`] when another binary's
/// generation serves, which stays where it is: that binary may have an interest.
pub async fn pass_over(
    pool: &PgPool,
    views: &[View],
    from: i64,
    page: &[Applied],
) -> Result<Vec<View>, ViewError> {
    let Some(last) = page.last() else { return Ok(Vec::new()) };
    let names: Vec<&str> = views.iter().map(|view| view.name()).collect();
    let versions: Vec<i32> = views.iter().map(|view| view.definition().version).collect();
    let mut transaction = pool.begin().await?;
    lazily(&mut transaction).await?;
    let moved: Vec<String> = sqlx::query_scalar(
        "update views.checkpoints k set position = $3, recorded_at = $4 \
         from (select schema from views.current where name = any($1) order by name for update) c, \
             unnest($1::text[], $5::integer[]) as w (name, version) \
         where k.schema = c.schema and k.position = $2 and k.name = w.name and k.version = w.version \
         returning k.name",
    )
    .bind(names)
    .bind(from)
    .bind(last.position)
    .bind(jiff_sqlx::Timestamp::from(last.metadata.recorded_at))
    .bind(versions)
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let (moved, stay): (Vec<View>, Vec<View>) =
        views.iter().partition(|view| moved.iter().any(|name| name == view.name()));
    for view in stay {
        checkpoint::lock_serving(&mut *pool.acquire().await?, view).await?;
    }
    Ok(moved)
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
                Some(fault) => park_only(pool, view, target, applied, &Poisoned::one(applied, fault)).await?,
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
    let locked = target.lock(&mut transaction, view).await?;
    let position = apply_within(&mut transaction, view, &locked, page).await?;
    peiyu_platform::failpoint("projector.applied");
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
        let away = parking::set_aside(connection, view, schema, &wanted).await?;
        let wanted: Vec<&Applied> = wanted.into_iter().filter(|one| !away.is_skipped(one)).collect();
        let open: Vec<&Applied> = wanted.iter().copied().filter(|one| !away.is_parked(one)).collect();
        let poisoned = view.run(connection, schema, &open).await?;
        parking::park(connection, view, schema, &wanted, &away, &poisoned).await?;
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
    poisoned: &Poisoned,
) -> Result<i64, ViewError> {
    let mut transaction = pool.begin().await?;
    let locked = target.lock(&mut transaction, view).await?;
    if applied.position == locked.position + 1 {
        let away = parking::Away::default();
        parking::park(&mut transaction, view, &locked.schema, &[applied], &away, poisoned).await?;
        checkpoint::move_to(&mut transaction, &locked.schema, applied.position, applied.metadata.recorded_at)
            .await?;
    }
    transaction.commit().await?;
    Ok(applied.position.max(locked.position))
}

/// Whoever holds the checkpoint for longer, and falls asleep with it, loses it after a while, too.
pub(crate) async fn not_for_ever(connection: &mut PgConnection) -> Result<(), ViewError> {
    sqlx::query("set local idle_in_transaction_session_timeout = '60s'").execute(connection).await?;
    Ok(())
}

/// Rows and checkpoint are lost together in a crash of the server and come again from the feed, so nobody waits
/// for the disk here. Plans are made for the values at hand: one kept from when a table was empty would read
/// all of it for every page of a rebuild. Whoever falls asleep with the checkpoint in hands loses it after a while.
pub(crate) async fn lazily(connection: &mut PgConnection) -> Result<(), ViewError> {
    sqlx::query(
        "select set_config('synchronous_commit', 'off', true), \
             set_config('plan_cache_mode', 'force_custom_plan', true), \
             set_config('idle_in_transaction_session_timeout', $1, true)",
    )
    .bind(ASLEEP)
    .execute(connection)
    .await?;
    Ok(())
}

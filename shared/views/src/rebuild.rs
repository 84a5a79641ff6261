//! Rebuild: fills the next generation from zero while the old one serves, then moves the pointer.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sqlx::{Connection, PgConnection, PgPool, Row};

use crate::apply::{self, Target};
use crate::checkpoint;
use crate::error::ViewError;
use crate::generation::{self, Generation, Purpose};
use crate::parked::{self, By, Which};
use crate::replay::{self, Progress};
use crate::skips;
use crate::source::{PageSource, page_after};
use crate::view::View;

/// Rounds in which a switch may find that the serving generation ran ahead, or an event was skipped in it, again.
const MOST_ROUNDS: usize = 1000;

/// What becomes of a generation that an earlier rebuild left unfinished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// It is removed, and the rebuild begins at zero.
    Again,
    /// The rebuild goes on where it was cut off; one that was not begun begins.
    Resume,
}

/// What is told while a rebuild or verification runs: events replayed, and at most how many there are.
pub type Tell<'a> = &'a mut (dyn FnMut(i64, i64) + Send);

/// A rebuild that was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// Read model.
    pub view: View,
    /// Events replayed, and at most how many there were; none when only the latest are lacking.
    pub replay: Option<(i64, i64)>,
}

/// Builds a new generation of each of these read models, in one pass over the feed, and lets them serve; answers
/// the position of each switch. What is cut off can be gone on with.
///
/// # Errors
/// When the feed or the database is away; what serves, serves on.
pub async fn rebuild<S: PageSource>(
    pool: &PgPool,
    views: &[View],
    source: &S,
    start: Start,
    tell: Tell<'_>,
) -> Result<Vec<(View, i64)>, ViewError> {
    // The lock also keeps a second rebuild out; it is let go with the connection.
    let mut locked = generation::locked(pool).await?;
    let switched = build(pool, &mut locked, views, source, start, tell).await?;
    locked.close().await?;
    Ok(switched)
}

/// Builds those read models anew of which an earlier version serves than this binary writes; goes on with what was
/// cut off. Of several processes one builds and the others find it done.
///
/// # Errors
/// As [`rebuild`].
pub async fn rebuild_outdated<S: PageSource>(
    pool: &PgPool,
    source: &S,
    tell: Tell<'_>,
) -> Result<Vec<(View, i64)>, ViewError> {
    if generation::outdated(pool).await?.is_empty() {
        return Ok(Vec::new());
    }
    let mut locked = generation::locked(pool).await?;
    let views = generation::outdated(pool).await?;
    let switched = build(pool, &mut locked, &views, source, Start::Resume, tell).await?;
    locked.close().await?;
    Ok(switched)
}

/// Rebuilds that were cut off, of the version that this binary writes.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn unfinished(pool: &PgPool) -> Result<Vec<Unfinished>, ViewError> {
    let mut connection = pool.acquire().await?;
    let mut found = Vec::new();
    for view in View::ALL {
        if let Some((_, progress)) = cut_off(&mut connection, *view).await? {
            found.push(Unfinished { view: *view, replay: progress.map(|at| (at.events, at.goal)) });
        }
    }
    Ok(found)
}

async fn build<S: PageSource>(
    pool: &PgPool,
    locked: &mut PgConnection,
    views: &[View],
    source: &S,
    start: Start,
    tell: Tell<'_>,
) -> Result<Vec<(View, i64)>, ViewError> {
    let goal = source.head().await.map_err(ViewError::Feed)?;
    // Those that stand equally far go on together.
    let mut together: BTreeMap<Option<Progress>, Vec<Generation>> = BTreeMap::new();
    // All or none: what was cut off earlier is not removed for a rebuild that is refused.
    for view in views {
        if let Some(serving) = generation::serving_version(locked, *view).await? {
            refuse_older(serving, *view)?;
        }
    }
    for view in views {
        let (generation, progress) = begun(locked, *view, start, goal).await?;
        together.entry(progress).or_default().push(generation);
    }
    let mut switched = Vec::with_capacity(views.len());
    for (progress, generations) in together {
        if let Some(progress) = progress {
            replay::replay(pool, &generations, source, progress, tell).await?;
        }
        for generation in &generations {
            // On the connection of the lock, which has no limit of time.
            generation::index(locked, generation).await?;
            generation::analyze(locked, generation).await?;
            switched.push((generation.view, catch_up_and_switch(pool, generation, source).await?));
        }
    }
    Ok(switched)
}

/// A generation to be filled, and how far its replay has come: one that was cut off, or a new one.
async fn begun(
    locked: &mut PgConnection,
    view: View,
    start: Start,
    goal: i64,
) -> Result<(Generation, Option<Progress>), ViewError> {
    // One by one: whoever holds several of these locks could wait for a projector that waits for it.
    let mut transaction = locked.begin().await?;
    apply::not_for_ever(&mut transaction).await?;
    refuse_older(checkpoint::lock_whatever_serves(&mut transaction, view).await?.1, view)?;
    let known = match start {
        Start::Resume => cut_off(&mut transaction, view).await?,
        Start::Again => None,
    };
    let begun = match known {
        Some(known) => known,
        None => {
            generation::remove_unfinished(&mut transaction, view, None).await?;
            let generation = generation::create(&mut transaction, view, Purpose::Rebuild).await?;
            (generation, Some(Progress::to(goal)))
        }
    };
    transaction.commit().await?;
    Ok(begun)
}

/// What a newer binary wrote is not replaced by what this one would.
fn refuse_older(serving: i32, view: View) -> Result<(), ViewError> {
    let own = view.definition().version;
    if serving > own {
        return Err(ViewError::OtherVersion { view: view.name(), serving, own });
    }
    Ok(())
}

/// The generation that an earlier rebuild of this version left, and how far its replay has come; none when that
/// has ended, and what came behind goes on page by page.
async fn cut_off(
    connection: &mut PgConnection,
    view: View,
) -> Result<Option<(Generation, Option<Progress>)>, ViewError> {
    let row = sqlx::query(
        "select k.schema, k.position from views.checkpoints k \
         where k.name = $1 and k.version = $2 and k.purpose = 'rebuild' \
             and not exists (select 1 from views.current c where c.schema = k.schema) \
         order by k.generation desc limit 1",
    )
    .bind(view.name())
    .bind(view.definition().version)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let schema: String = row.try_get("schema")?;
    let position: i64 = row.try_get("position")?;
    let progress = Progress::of(connection, &schema).await?;
    // One without a page is as good as none.
    let begun = position > 0 || progress.is_some();
    Ok(begun.then_some((Generation { view, schema }, progress)))
}

async fn catch_up_and_switch<S: PageSource>(
    pool: &PgPool,
    generation: &Generation,
    source: &S,
) -> Result<i64, ViewError> {
    let mut position = checkpoint::position_of(&mut *pool.acquire().await?, &generation.schema).await?;
    for _ in 0..MOST_ROUNDS {
        position = fill(pool, generation, source, position, i64::MAX).await?;
        skips::carry_over(pool, generation, source).await?;
        if let Some((switched, mended)) = try_switch(pool, generation, source).await? {
            resume_mended(pool, &mended, source).await?;
            return Ok(switched);
        }
    }
    Err(ViewError::Missing { view: generation.view.name() })
}

/// Takes pages into a generation from `position` on, up to `last` or the head; answers where it stands then.
pub(crate) async fn fill<S: PageSource>(
    pool: &PgPool,
    generation: &Generation,
    source: &S,
    position: i64,
    last: i64,
) -> Result<i64, ViewError> {
    let mut position = position;
    while position < last {
        let mut page = page_after(source, position).await?;
        page.retain(|applied| applied.position <= last);
        if page.is_empty() {
            break;
        }
        position = apply::apply_to(pool, generation.view, Target::Schema(&generation.schema), &page).await?;
    }
    Ok(position)
}

/// Moves the pointer when the new generation has come as far as the serving one, which is held still meanwhile, and no
/// skip is unknown to it; answers its position and the streams that wait in it and not in the old one, with when the
/// last event was recorded.
async fn try_switch<S: PageSource>(
    pool: &PgPool,
    generation: &Generation,
    source: &S,
) -> Result<Option<(i64, (Vec<Which>, Timestamp))>, ViewError> {
    let view = generation.view;
    let mut transaction = pool.begin().await?;
    apply::not_for_ever(&mut transaction).await?;
    let (serving, version) = checkpoint::lock_whatever_serves(&mut transaction, view).await?;
    refuse_older(version, view)?;
    let filled = checkpoint::lock_schema(&mut transaction, view, &generation.schema).await?;
    if filled.position < serving.position {
        let page = page_after(source, filled.position).await?;
        apply::apply_within(&mut transaction, view, &filled, &page).await?;
        transaction.commit().await?;
        return Ok(None);
    }
    if skips::unknown(&mut transaction, generation).await?.is_some() {
        return Ok(None);
    }
    let mended =
        parked::mended_meanwhile(&mut transaction, view, &serving.schema, &generation.schema).await?;
    let at = checkpoint::recorded_at(&mut transaction, &generation.schema).await?;
    generation::point_at(&mut transaction, generation).await?;
    generation::remove(&mut transaction, &serving.schema).await?;
    transaction.commit().await?;
    Ok(Some((filled.position, (mended, at))))
}

/// An operator retried while the generation was filled: the same is done in it.
async fn resume_mended<S: PageSource>(
    pool: &PgPool,
    (mended, at): &(Vec<Which>, Timestamp),
    source: &S,
) -> Result<(), ViewError> {
    for which in mended {
        let why = "was retried while the generation was filled";
        let by = By { who: "rebuild", why, at: *at, request: None };
        loop {
            match parked::retry(pool, which, source, by).await {
                Ok(retried) if retried.parked > 0 && retried.stuck.is_none() => {}
                Ok(_) | Err(ViewError::NotParked { .. }) => break,
                Err(other) => return Err(other),
            }
        }
    }
    Ok(())
}

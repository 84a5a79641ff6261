//! Rebuild: fills the next generation from zero while the old one serves, then moves the pointer.

use sqlx::{Connection, PgPool};

use crate::apply::{self, Target};
use crate::checkpoint;
use crate::error::ViewError;
use crate::generation::{self, Generation};
use crate::source::{PageSource, page_after};
use crate::view::View;

/// Rounds in which a switch may find that the serving generation ran ahead again.
const MOST_ROUNDS: usize = 1000;

/// Builds a new generation of a read model and lets it serve; answers the position at the switch.
///
/// # Errors
/// When the feed or the database is away: the unfinished generation is removed, the old one serves on.
pub async fn rebuild<S: PageSource>(pool: &PgPool, view: View, source: &S) -> Result<i64, ViewError> {
    // The lock also keeps a second rebuild out; it is let go with the connection.
    let mut locked = generation::locked(pool).await?;
    let generation = {
        let mut transaction = locked.begin().await?;
        let generation = {
            generation::remove_unfinished(&mut transaction, view).await?;
            generation::create(&mut transaction, view).await?
        };
        transaction.commit().await?;
        generation
    };
    let outcome = fill_and_switch(pool, &generation, source).await;
    if outcome.is_err() {
        let mut transaction = locked.begin().await?;
        generation::remove(&mut transaction, &generation.schema).await?;
        transaction.commit().await?;
    }
    locked.close().await?;
    outcome
}

async fn fill_and_switch<S: PageSource>(
    pool: &PgPool,
    generation: &Generation,
    source: &S,
) -> Result<i64, ViewError> {
    let mut position = 0;
    for _ in 0..MOST_ROUNDS {
        position = fill(pool, generation, source, position, i64::MAX).await?;
        if let Some(switched) = try_switch(pool, generation, source).await? {
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

/// Moves the pointer when the new generation has come as far as the serving one, which is held still meanwhile.
async fn try_switch<S: PageSource>(
    pool: &PgPool,
    generation: &Generation,
    source: &S,
) -> Result<Option<i64>, ViewError> {
    let view = generation.view;
    let mut transaction = pool.begin().await?;
    let serving = checkpoint::lock_serving(&mut transaction, view).await?;
    let filled = checkpoint::lock_schema(&mut transaction, view, &generation.schema).await?;
    if filled.position < serving.position {
        let page = page_after(source, filled.position).await?;
        apply::apply_within(&mut transaction, view, &filled, &page).await?;
        transaction.commit().await?;
        return Ok(None);
    }
    generation::point_at(&mut transaction, generation).await?;
    generation::remove(&mut transaction, &serving.schema).await?;
    transaction.commit().await?;
    Ok(Some(filled.position))
}

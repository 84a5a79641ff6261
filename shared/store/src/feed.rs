//! The feed: gives committed events dense positions, and reads them back in that order.

use std::time::Duration;

use peiyu_contracts::Recorded;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::error::StoreError;
use crate::row::{COLUMNS, recorded};
use crate::{MAX_PAGE, Store, metric};

/// Where the feed ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedHead {
    /// Last position given; 0 before the first.
    pub position: i64,
    /// Life of the feed between two restores, from 1.
    pub epoch: i32,
}

/// A page of the feed with what it rests on, all read at one moment.
#[derive(Debug, Clone)]
pub struct FeedPage {
    /// Life of the feed between two restores.
    pub epoch: i32,
    /// The event at the position after which the page begins; none at 0, or when the feed does not reach so far.
    pub before: Option<Uuid>,
    /// As [`Store::feed_page`] gives them.
    pub events: Vec<Recorded>,
}

/// Events that are committed and have no position yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// How many, counted up to 100,000.
    pub count: i64,
    /// How long the oldest has waited, in real time.
    pub age: Duration,
}

impl Store {
    /// Gives the oldest waiting events (at most `limit`) their positions, in one transaction, and tells who
    /// listens; how many. Any number of sequencers may call this at once.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::UnknownOutcome`]: call again, it is safe to repeat.
    pub async fn sequence_once(&self, limit: usize) -> Result<usize, StoreError> {
        let moved = self.sequence_untold(limit).await?;
        if moved > 0 {
            self.notify_sequenced().await;
        }
        Ok(moved)
    }

    /// As [`Store::sequence_once`], but tells nobody: for who wakes somebody nearer first.
    ///
    /// # Errors
    /// As [`Store::sequence_once`].
    pub async fn sequence_untold(&self, limit: usize) -> Result<usize, StoreError> {
        let limit = i32::try_from(limit).unwrap_or(i32::MAX);
        let moved: i32 = sqlx::query_scalar("select store.sequence_events($1)")
            .bind(limit)
            .fetch_one(&self.pool)
            .await
            .map_err(StoreError::writing)?;
        if moved > 0 {
            metrics::counter!(metric::SEQUENCED).increment(u64::try_from(moved).unwrap_or(0));
        }
        Ok(usize::try_from(moved).unwrap_or(0))
    }

    /// The events after a position, in order, without a gap: at most `limit` (and [`MAX_PAGE`]) events and
    /// about `max_bytes` bytes, at least one when there is one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Inconsistent`] when the feed has a gap or a row cannot be read.
    pub async fn feed_page(
        &self,
        after: i64,
        limit: i64,
        max_bytes: i64,
    ) -> Result<Vec<Recorded>, StoreError> {
        let select = format!("select e.position, {COLUMNS} from {PAGE} order by e.position");
        let rows = sqlx::query(&select)
            .bind(after)
            .bind(limit.clamp(0, MAX_PAGE))
            .bind(max_bytes.max(1))
            .fetch_all(&self.pool)
            .await
            .map_err(StoreError::reading)?;
        contiguous(after, &rows)
    }

    /// A page as [`Store::feed_page`] gives it, and in the same snapshot what it rests on: whoever copies the
    /// feed sees that it is still the feed that was copied so far.
    ///
    /// # Errors
    /// As [`Store::feed_page`].
    pub async fn feed_after(&self, after: i64, limit: i64, max_bytes: i64) -> Result<FeedPage, StoreError> {
        let select = format!(
            "select h.epoch, (select b.event_id from store.feed f join store.events b on b.no = f.no \
                 where f.position = $1) as before, e.position, {COLUMNS} \
             from store.feed_head h left join {PAGE} on true order by e.position"
        );
        let rows = sqlx::query(&select)
            .bind(after)
            .bind(limit.clamp(0, MAX_PAGE))
            .bind(max_bytes.max(1))
            .fetch_all(&self.pool)
            .await
            .map_err(StoreError::reading)?;
        let first = rows.first().ok_or_else(|| StoreError::reading(sqlx::Error::RowNotFound))?;
        let epoch = first.try_get("epoch").map_err(StoreError::reading)?;
        let before = first.try_get("before").map_err(StoreError::reading)?;
        // The head's row stands alone when there is nothing after the position.
        let position: Option<i64> = first.try_get("position").map_err(StoreError::reading)?;
        let events = if position.is_some() { contiguous(after, &rows)? } else { Vec::new() };
        Ok(FeedPage { epoch, before, events })
    }

    /// The event at a position, when there is one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Inconsistent`] when the row cannot be read.
    pub async fn feed_at(&self, position: i64) -> Result<Option<Recorded>, StoreError> {
        let select = format!(
            "select f.position, {COLUMNS} from store.feed f join store.events e on e.no = f.no where f.position = $1"
        );
        let row = sqlx::query(&select).bind(position).fetch_optional(&self.pool).await;
        row.map_err(StoreError::reading)?.as_ref().map(positioned).transpose()
    }

    /// Last position and epoch.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn feed_head(&self) -> Result<FeedHead, StoreError> {
        let row = sqlx::query("select last_position, epoch from store.feed_head").fetch_one(&self.pool).await;
        head(&row.map_err(StoreError::reading)?)
    }

    /// Starts the next epoch, after a restore; positions go on.
    ///
    /// # Errors
    /// As [`Store::begin_epoch_above`].
    pub async fn begin_epoch(&self) -> Result<FeedHead, StoreError> {
        self.begin_epoch_above(0).await
    }

    /// Starts an epoch above the present one and above `seen`, the highest that was seen elsewhere (a stream of an
    /// epoch that the backup does not know).
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::UnknownOutcome`]: read [`Store::feed_head`] before trying again.
    pub async fn begin_epoch_above(&self, seen: i32) -> Result<FeedHead, StoreError> {
        let update =
            "update store.feed_head set epoch = greatest(epoch, $1) + 1 returning last_position, epoch";
        let row = sqlx::query(update).bind(seen).fetch_one(&self.pool).await;
        head(&row.map_err(StoreError::writing)?)
    }

    /// The positions of events, in the order asked; none for an event that is unknown or not yet in the feed.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn positions_of(&self, event_ids: &[Uuid]) -> Result<Vec<Option<i64>>, StoreError> {
        sqlx::query_scalar(
            "select (select f.position from store.events e join store.feed f on f.no = e.no \
                 where e.event_id = q.id limit 1) \
             from unnest($1::uuid[]) with ordinality as q (id, n) order by q.n",
        )
        .bind(event_ids)
        .fetch_all(&self.pool)
        .await
        .map_err(StoreError::reading)
    }

    /// How much waits for the sequencer, and how long.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn unsequenced_backlog(&self) -> Result<Backlog, StoreError> {
        let row = sqlx::query(
            "select (select count(*) from (select 1 from store.unsequenced limit 100000) q) as count, \
                 coalesce((extract(epoch from clock_timestamp() - (select queued_at from store.unsequenced \
                     order by no limit 1)) * 1000)::bigint, 0) as milliseconds",
        )
        .fetch_one(&self.pool)
        .await
        .map_err(StoreError::reading)?;
        let count = row.try_get("count").map_err(StoreError::reading)?;
        let milliseconds: i64 = row.try_get("milliseconds").map_err(StoreError::reading)?;
        Ok(Backlog { count, age: Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0)) })
    }
}

/// Events after the position `$1` as `e`: at most `$2`, about `$3` bytes, at least one.
const PAGE: &str = "( \
    select * from ( \
        select e.*, f.position, \
            sum(octet_length(e.payload::text) + octet_length(e.metadata::text)) \
                over (order by f.position rows between unbounded preceding and 1 preceding) as bytes_before \
        from (select position, no from store.feed where position > $1 order by position limit $2) f \
        cross join lateral (select * from store.events where no = f.no limit 1) e \
    ) e where coalesce(bytes_before, 0) < $3 \
) e";

fn contiguous(after: i64, rows: &[PgRow]) -> Result<Vec<Recorded>, StoreError> {
    (after + 1..)
        .zip(rows)
        .map(|(position, row)| {
            let event = positioned(row)?;
            if event.position == position { Ok(event) } else { Err(StoreError::missing_event(position)) }
        })
        .collect()
}

fn positioned(row: &PgRow) -> Result<Recorded, StoreError> {
    recorded(row, row.try_get("position").map_err(StoreError::reading)?)
}

fn head(row: &PgRow) -> Result<FeedHead, StoreError> {
    Ok(FeedHead {
        position: row.try_get("last_position").map_err(StoreError::reading)?,
        epoch: row.try_get("epoch").map_err(StoreError::reading)?,
    })
}

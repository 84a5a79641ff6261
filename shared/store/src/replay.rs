//! Reading for replays: whole streams one after the other, and single events of the feed.

use peiyu_contracts::Recorded;
use sqlx::Row;
use uuid::Uuid;

use crate::Store;
use crate::error::StoreError;
use crate::row::{COLUMNS, recorded};

impl Store {
    /// The events at these positions, in their order.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Inconsistent`] when there is none at one of them.
    pub async fn feed_events(&self, positions: &[i64]) -> Result<Vec<Recorded>, StoreError> {
        let select = format!(
            "select q.position, {COLUMNS} from unnest($1::bigint[]) with ordinality as q (position, n) \
             join store.feed f on f.position = q.position join store.events e on e.no = f.no order by q.n"
        );
        let rows = sqlx::query(&select).bind(positions).fetch_all(&self.pool).await;
        let events: Vec<Recorded> = rows
            .map_err(StoreError::reading)?
            .iter()
            .map(|row| recorded(row, row.try_get("position").map_err(StoreError::reading)?))
            .collect::<Result<_, _>>()?;
        match positions
            .iter()
            .enumerate()
            .find(|(n, at)| events.get(*n).map(|one| one.position) != Some(**at))
        {
            Some((_, missing)) => Err(StoreError::missing_event(*missing)),
            None => Ok(events),
        }
    }

    /// Whole streams of a kind of aggregate behind an id, as far as the feed goes up to a position: by id, then by
    /// sequence. About `limit` events: a stream that would be cut is left for the next call, unless it is the only
    /// one. Empty when there are no more streams.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Inconsistent`] when a row cannot be read.
    pub async fn stream_page(
        &self,
        aggregate_type: &str,
        after: Option<Uuid>,
        up_to: i64,
        limit: i64,
    ) -> Result<Vec<Recorded>, StoreError> {
        let after = after.map_or(String::new(), |id| id.to_string());
        let mut limit = limit.max(1);
        loop {
            let mut events = self.streams_behind(aggregate_type, &after, up_to, limit).await?;
            let Some(last) = events.last().map(|event| event.aggregate_id) else { return Ok(events) };
            if i64::try_from(events.len()).is_ok_and(|read| read < limit) {
                return Ok(events);
            }
            // The last stream may go on.
            let whole = events.partition_point(|event| event.aggregate_id < last);
            if whole > 0 {
                events.truncate(whole);
                return Ok(events);
            }
            limit = limit.saturating_mul(2);
        }
    }

    async fn streams_behind(
        &self,
        aggregate_type: &str,
        after: &str,
        up_to: i64,
        limit: i64,
    ) -> Result<Vec<Recorded>, StoreError> {
        // The lateral look-up keeps the order of the primary key, so that a page costs a page.
        let select = format!(
            "select f.position, {COLUMNS} from store.events e \
             cross join lateral (select position from store.feed where no = e.no and position <= $3 limit 1) f \
             where e.aggregate_type = $1 and e.aggregate_id > $2 \
             order by e.aggregate_id, e.sequence limit $4"
        );
        let rows = sqlx::query(&select)
            .bind(aggregate_type)
            .bind(after)
            .bind(up_to)
            .bind(limit)
            .fetch_all(&self.pool)
            .await
            .map_err(StoreError::reading)?;
        rows.iter().map(|row| recorded(row, row.try_get("position").map_err(StoreError::reading)?)).collect()
    }
}

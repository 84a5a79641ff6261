//! Loads streams: all events of an aggregate, in sequence.

use peiyu_contracts::Recorded;
use sqlx::Row;
use uuid::Uuid;

use crate::command::StreamId;
use crate::error::StoreError;
use crate::row::{COLUMNS, recorded};
use crate::{MAX_PAGE, Store};

impl Store {
    /// Loads several streams in one query, in the order asked; an unknown stream comes back empty.
    /// The position of these events is 0: not known.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Inconsistent`] when a row cannot be read.
    pub async fn load(&self, streams: &[StreamId]) -> Result<Vec<Vec<Recorded>>, StoreError> {
        match streams {
            [] => Ok(Vec::new()),
            [only] => Ok(vec![self.load_one(only).await?]),
            several => self.load_several(several).await,
        }
    }

    async fn load_several(&self, streams: &[StreamId]) -> Result<Vec<Vec<Recorded>>, StoreError> {
        let mut loaded: Vec<Vec<Recorded>> = streams.iter().map(|_| Vec::new()).collect();
        let (kinds, ids) = columns(streams);
        let select = format!(
            "select s.n, {COLUMNS} from unnest($1::text[], $2::text[]) with ordinality as s (kind, id, n) \
             cross join lateral (select * from store.events e \
                 where e.aggregate_type = s.kind and e.aggregate_id = s.id order by e.sequence offset 0) e \
             order by s.n, e.sequence"
        );
        let rows = sqlx::query(&select).bind(kinds).bind(ids).fetch_all(&self.pool).await;
        for row in rows.map_err(StoreError::reading)? {
            let number: i64 = row.try_get("n").map_err(StoreError::reading)?;
            let events = usize::try_from(number - 1).ok().and_then(|at| loaded.get_mut(at));
            let Some(events) = events else { continue };
            follow(events, recorded(&row, 0)?)?;
        }
        Ok(loaded)
    }

    /// Loads one stream; empty when there is none.
    ///
    /// # Errors
    /// As [`Store::load`].
    pub async fn load_one(&self, stream: &StreamId) -> Result<Vec<Recorded>, StoreError> {
        // Without arrays the server keeps one plan for all streams; with them it would make one for each call.
        let select = format!(
            "select {COLUMNS} from store.events e \
             where e.aggregate_type = $1 and e.aggregate_id = $2 order by e.sequence"
        );
        let rows = sqlx::query(&select).bind(stream.kind.as_ref()).bind(stream.id.to_string());
        let mut events = Vec::new();
        for row in rows.fetch_all(&self.pool).await.map_err(StoreError::reading)? {
            follow(&mut events, recorded(&row, 0)?)?;
        }
        Ok(events)
    }

    /// The versions of several streams, in the order asked; 0 = no such stream.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn versions(&self, streams: &[StreamId]) -> Result<Vec<i64>, StoreError> {
        let (kinds, ids) = columns(streams);
        sqlx::query_scalar(
            "select coalesce((select e.sequence from store.events e \
                 where e.aggregate_type = s.kind and e.aggregate_id = s.id order by e.sequence desc limit 1), 0) \
             from unnest($1::text[], $2::text[]) with ordinality as s (kind, id, n) order by s.n",
        )
        .bind(kinds)
        .bind(ids)
        .fetch_all(&self.pool)
        .await
        .map_err(StoreError::reading)
    }

    /// Ids of the aggregates of a kind, sorted by their text, from the one after `after`; at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Inconsistent`] when a stored id is no UUID.
    pub async fn streams_of_type(
        &self,
        kind: &str,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<Uuid>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(
            "select aggregate_id from store.events \
             where aggregate_type = $1 and aggregate_id > $2 and sequence = 1 order by aggregate_id limit $3",
        )
        .bind(kind)
        .bind(after.map(|id| id.to_string()).unwrap_or_default())
        .bind(limit.clamp(0, MAX_PAGE))
        .fetch_all(&self.pool)
        .await
        .map_err(StoreError::reading)?;
        ids.iter().map(|id| Uuid::parse_str(id).map_err(|_| StoreError::not_an_id(id))).collect()
    }
}

/// Takes the next event of a stream, which must stand right behind the last.
fn follow(events: &mut Vec<Recorded>, event: Recorded) -> Result<(), StoreError> {
    let next = events.last().map_or(1, |last| last.sequence + 1);
    if event.sequence != next {
        let row = format!("{}/{}", event.aggregate_type, event.aggregate_id);
        return Err(StoreError::inconsistent("events", "sequence", row, format!("{next} is missing")));
    }
    events.push(event);
    Ok(())
}

fn columns(streams: &[StreamId]) -> (Vec<&str>, Vec<String>) {
    streams.iter().map(|stream| (stream.kind.as_ref(), stream.id.to_string())).unzip()
}

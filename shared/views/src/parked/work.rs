//! Carrying out what was asked for. One projector at a time is at it, by a lock of a session of its own: one that dies
//! lets go of it and another goes on. Losing it in the middle costs a second look, never a second change: each chunk
//! looks under the read model's lock what still waits.

use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{Connection, PgConnection, PgPool, Row};
use uuid::Uuid;

use super::requests::{DONE, Do};
use super::{By, End, ParkedStream, Scope, Supervise, Which, retry_all, retry_stream, skip};
use crate::error::ViewError;
use crate::source::PageSource;
use crate::view::View;

/// So that of several projectors one is at it.
const WORK_LOCK: i64 = 0x7065_6979_7603;
/// Requests of one look.
const REQUESTS: i64 = 100;
/// The event was the first of its stream when it was asked for, and is not any more.
const NOT_FIRST: &str = "not_first_parked";

/// The turn to carry requests out; held until given back or dropped.
#[derive(Debug)]
pub struct Work(PgConnection);

/// How far carrying out a request has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It has ended, done or with a fault.
    Ended,
    /// It was told to stop: the request is open, and goes on from there.
    Stopped,
}

/// A request that has not ended.
#[derive(Debug, Clone)]
pub struct Open {
    /// Its id.
    pub id: Uuid,
    what: Do,
    scope: Scope,
    who: String,
    why: String,
    /// The last stream that is done.
    through: Option<(View, i64)>,
}

impl Work {
    /// Takes the turn; none while nothing was asked for, or another projector is at it.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`].
    pub async fn take(pool: &PgPool) -> Result<Option<Self>, ViewError> {
        let select = "select exists (select 1 from views.requests where ended_at is null)";
        if !sqlx::query_scalar::<_, bool>(select).fetch_one(pool).await? {
            return Ok(None);
        }
        let mut session = pool.acquire().await?;
        let lock = "select pg_try_advisory_lock($1)";
        let taken: bool = sqlx::query_scalar(lock).bind(WORK_LOCK).fetch_one(&mut *session).await?;
        // Out of the pool with the lock: to drop the connection is to let go of it.
        Ok(taken.then(|| Self(session.detach())))
    }

    /// What was asked for and has not ended, oldest first; what names a read model of a newer binary waits for that.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`].
    pub async fn open(&mut self) -> Result<Vec<Open>, ViewError> {
        let known: Vec<&str> = View::ALL.iter().map(|view| view.name()).collect();
        let rows = sqlx::query(
            "select * from views.requests where ended_at is null and (name is null or name = any($1)) \
             order by asked_at, id limit $2",
        )
        .bind(known)
        .bind(REQUESTS)
        .fetch_all(&mut self.0)
        .await?;
        Ok(rows.iter().map(Open::read).collect::<Result<_, _>>()?)
    }

    /// Gives it back; a session that is gone has given it back already.
    pub async fn give_back(self) {
        let _ = self.0.close().await;
    }
}

impl Open {
    fn read(row: &PgRow) -> Result<Self, sqlx::Error> {
        let view = |name: Option<String>| {
            View::ALL.iter().copied().find(|view| Some(view.name()) == name.as_deref())
        };
        let through = view(row.try_get("through_name")?);
        let position: Option<i64> = row.try_get("through_position")?;
        Ok(Self {
            id: row.try_get("id")?,
            what: Do::read(row)?,
            scope: Scope {
                view: view(row.try_get("name")?),
                kind: row.try_get("aggregate_type")?,
                stream: row.try_get("stream")?,
            },
            who: row.try_get("who")?,
            why: row.try_get("why")?,
            through: through.zip(position),
        })
    }

    /// Carries it out, from where it was left, until it has ended or `stops` says so.
    ///
    /// # Errors
    /// As [`retry_all`]; what was done stays done, and the request is still open.
    pub async fn carry_out<S: PageSource>(
        &self,
        pool: &PgPool,
        source: &S,
        at: Timestamp,
        stops: impl Fn() -> bool + Send,
    ) -> Result<Outcome, ViewError> {
        let by = By { who: &self.who, why: &self.why, at, request: Some(self.id) };
        let mut noting = Noting { pool, id: self.id, stops };
        match (self.what, self.which()) {
            (Do::Skip { position }, Some(which)) => {
                match skip(pool, &which, position, by).await {
                    Ok(_) => {}
                    // By this request, before whoever carried it out was killed.
                    Err(ViewError::NotParked { .. }) if self.has_skipped(pool).await? => {}
                    Err(ViewError::NotParked { .. }) => return self.end(pool, Some(NOT_FIRST)).await,
                    Err(error) => return Err(error),
                }
                retry_stream(pool, &which, source, by, &mut noting).await?;
            }
            (Do::Skip { .. }, None) => return self.end(pool, Some(NOT_FIRST)).await,
            (Do::Retry, _) => {
                retry_all(pool, &self.scope, self.through, source, by, &mut noting).await?;
            }
        }
        if (noting.stops)() { Ok(Outcome::Stopped) } else { self.end(pool, None).await }
    }

    /// It has ended; with a fault, without having been done to the end.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`].
    pub async fn end(&self, pool: &PgPool, fault: Option<&str>) -> Result<Outcome, ViewError> {
        let update = format!(
            "update views.requests r set ended_at = now(), seen_at = now(), fault = $2, \
                 (final_skipped, final_applied, final_open, final_stuck) = ({DONE}) \
             where r.id = $1 and r.ended_at is null"
        );
        sqlx::query(&update).bind(self.id).bind(fault).execute(pool).await?;
        Ok(Outcome::Ended)
    }

    /// It goes on no further for now.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`].
    pub async fn waits(&self, pool: &PgPool, fault: &str) -> Result<(), ViewError> {
        let update =
            "update views.requests set seen_at = now(), fault = $2 where id = $1 and ended_at is null";
        sqlx::query(update).bind(self.id).bind(fault).execute(pool).await?;
        Ok(())
    }

    /// The one stream of a skip.
    fn which(&self) -> Option<Which> {
        let Scope { view, kind, stream } = self.scope.clone();
        Some(Which { view: view?, aggregate: kind?, stream: stream? })
    }

    async fn has_skipped(&self, pool: &PgPool) -> Result<bool, ViewError> {
        let select = "select exists (select 1 from views.interventions where request = $1 and what = 'skip')";
        Ok(sqlx::query_scalar(select).bind(self.id).fetch_one(pool).await?)
    }
}

/// Leaves signs of work between two chunks, and where the work has come to.
struct Noting<'a, F> {
    pool: &'a PgPool,
    id: Uuid,
    stops: F,
}

impl<F: Fn() -> bool + Send> Supervise for Noting<'_, F> {
    async fn goes_on(&mut self) -> Result<bool, ViewError> {
        if (self.stops)() {
            return Ok(false);
        }
        let update =
            "update views.requests set seen_at = now(), fault = null where id = $1 and ended_at is null";
        sqlx::query(update).bind(self.id).execute(self.pool).await?;
        Ok(true)
    }

    async fn ended(&mut self, stream: &ParkedStream, _applied: i64, end: End) -> Result<(), ViewError> {
        if end == End::Stopped {
            return Ok(());
        }
        let update = "update views.requests set through_name = $2, through_position = $3 where id = $1";
        sqlx::query(update)
            .bind(self.id)
            .bind(stream.view.name())
            .bind(stream.position)
            .execute(self.pool)
            .await?;
        Ok(())
    }
}

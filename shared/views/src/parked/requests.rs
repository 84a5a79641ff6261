//! What is asked for by who may not write read models, and how it stands. What was done is counted from the record
//! that each transaction leaves, so the counts are exact whoever was killed in between; once it has ended they stand.

use jiff::Timestamp;
use jiff_sqlx::Timestamp as SqlTimestamp;
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row};
use uuid::Uuid;

use super::{Reason, Scope};
use crate::error::ViewError;
use crate::view::View;

/// What shall be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Do {
    /// Take in what waits.
    Retry,
    /// Pass over the event at a position, the first of its stream that waits, and take in what waits behind it.
    Skip {
        /// Of that event.
        position: i64,
    },
}

impl Do {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Skip { .. } => "skip",
        }
    }

    /// As it stands in the table.
    pub(super) fn read(row: &PgRow) -> Result<Self, sqlx::Error> {
        let position: Option<i64> = row.try_get("position")?;
        let word: String = row.try_get("what")?;
        Ok(position.filter(|_| word == "skip").map_or(Self::Retry, |position| Self::Skip { position }))
    }
}

/// A request of an operator's.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its id, new.
    pub id: Uuid,
    /// Who sends the command.
    pub principal: Uuid,
    /// Under which id.
    pub command_id: Uuid,
    /// Keyed digest of the command.
    pub digest: [u8; 32],
    /// What.
    pub what: Do,
    /// To which streams; to skip, read model, kind and stream must be said.
    pub scope: Scope,
    /// Account of the operator, as it is put on record.
    pub who: String,
    /// Why.
    pub why: Reason,
}

/// What was there when something was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Nothing: it is noted now.
    New,
    /// The same request, sent before.
    Before(Uuid),
    /// Another one under the same command id.
    Other,
}

/// How a request stands, with exact counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its id.
    pub id: Uuid,
    /// What was asked for.
    pub what: Do,
    /// Of which read model; of all when absent.
    pub view: Option<String>,
    /// Of which kind of aggregate.
    pub kind: Option<String>,
    /// Of which id.
    pub stream: Option<Uuid>,
    /// Whose request it is.
    pub who: String,
    /// Why.
    pub why: String,
    /// When, in real time.
    pub asked_at: Timestamp,
    /// `waiting`, `running`, `finished` or `failed`.
    pub state: &'static str,
    /// Requests that were asked for before and are carried out first, while it waits.
    pub ahead: i64,
    /// Seconds since a projector's last sign of work on any request, or since it was asked for.
    pub silent_seconds: i64,
    /// Why it failed, or why it goes on no further for now.
    pub fault: Option<String>,
    /// Events passed over.
    pub skipped: i64,
    /// Events taken in.
    pub applied: i64,
    /// Streams that go on.
    pub open: i64,
    /// Streams that are stuck again.
    pub stuck: i64,
}

/// A stream at which a request got stuck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    /// Read model.
    pub view: String,
    /// Kind of the aggregate.
    pub kind: String,
    /// Its id.
    pub stream: Uuid,
    /// The event that cannot be taken in.
    pub position: i64,
    /// Its code.
    pub reason: String,
    /// Events that waited then.
    pub events: i64,
}

/// Asks for it, once a command id.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn ask(pool: &PgPool, request: &Request) -> Result<Asked, ViewError> {
    let position = match request.what {
        Do::Retry => None,
        Do::Skip { position } => Some(position),
    };
    let inserted = sqlx::query(
        "insert into views.requests (id, principal, command_id, digest, what, name, aggregate_type, stream, position, \
             who, why) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing",
    )
    .bind(request.id)
    .bind(request.principal)
    .bind(request.command_id)
    .bind(request.digest.as_slice())
    .bind(request.what.word())
    .bind(request.scope.view.map(View::name))
    .bind(request.scope.kind.as_deref())
    .bind(request.scope.stream)
    .bind(position)
    .bind(&request.who)
    .bind(request.why.as_str())
    .execute(pool)
    .await?;
    if inserted.rows_affected() == 1 {
        return Ok(Asked::New);
    }
    let before = asked(pool, request.principal, request.command_id, &request.digest).await?;
    Ok(before.unwrap_or(Asked::Other))
}

/// What was asked for under a command id, if anything.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn asked(
    pool: &PgPool,
    principal: Uuid,
    command_id: Uuid,
    digest: &[u8; 32],
) -> Result<Option<Asked>, ViewError> {
    let select = "select id, digest from views.requests where principal = $1 and command_id = $2";
    let row = sqlx::query(select).bind(principal).bind(command_id).fetch_optional(pool).await?;
    let Some(row) = row else { return Ok(None) };
    let before: Vec<u8> = row.try_get("digest")?;
    Ok(Some(if before == digest { Asked::Before(row.try_get("id")?) } else { Asked::Other }))
}

/// What was done for request `r`, from the record of what was done; nothing is looked up once its counts are final.
pub(super) const DONE: &str = "select coalesce(sum(s.skipped), 0)::bigint as skipped, \
         coalesce(sum(s.applied), 0)::bigint as applied, count(*) filter (where s.parked = 0) as open, \
         count(s.stuck_at) as stuck \
     from ( \
         select sum(i.applied) as applied, count(*) filter (where i.what = 'skip') as skipped, \
             (array_agg(i.parked order by i.no desc))[1] as parked, \
             (array_agg(i.stuck_at order by i.no desc))[1] as stuck_at \
         from views.interventions i where i.request = r.id and r.final_skipped is null \
         group by i.name, i.aggregate_type, i.stream \
     ) s";

/// A sign of work on any request is one for all: a projector carries them out one after the other.
fn standing_where(condition: &str) -> String {
    format!(
        "select r.*, extract(epoch from now() - greatest(r.asked_at, \
                 (select max(seen_at) from views.requests)))::bigint as silent, \
             case when r.ended_at is null and r.seen_at is null then (select count(*) from views.requests o \
                 where o.ended_at is null and o.fault is null and (o.asked_at, o.id) < (r.asked_at, r.id)) else 0 end as ahead, \
             coalesce(r.final_skipped, d.skipped) as skipped, coalesce(r.final_applied, d.applied) as applied, \
             coalesce(r.final_open, d.open) as open, coalesce(r.final_stuck, d.stuck) as stuck \
         from views.requests r cross join lateral ({DONE}) d {condition}"
    )
}

/// How a request stands.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn standing(pool: &PgPool, id: Uuid) -> Result<Option<Standing>, ViewError> {
    let select = standing_where("where r.id = $1");
    Ok(sqlx::query(&select).bind(id).fetch_optional(pool).await?.as_ref().map(read).transpose()?)
}

/// The latest requests, newest first.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn latest(pool: &PgPool, limit: i64) -> Result<Vec<Standing>, ViewError> {
    let select = standing_where("order by r.asked_at desc, r.id desc limit $1");
    let rows = sqlx::query(&select).bind(limit.max(1)).fetch_all(pool).await?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// The streams at which a request got stuck, by position; at most `limit`.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn stuck(pool: &PgPool, id: Uuid, limit: i64) -> Result<Vec<Stuck>, ViewError> {
    let rows = sqlx::query(
        "select * from ( \
             select distinct on (name, aggregate_type, stream) name, aggregate_type, stream, stuck_at, fault, parked \
             from views.interventions where request = $1 order by name, aggregate_type, stream, no desc \
         ) s where stuck_at is not null order by name, stuck_at limit $2",
    )
    .bind(id)
    .bind(limit.max(1))
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Stuck {
                view: row.try_get("name")?,
                kind: row.try_get("aggregate_type")?,
                stream: row.try_get("stream")?,
                position: row.try_get("stuck_at")?,
                reason: row.try_get("fault")?,
                events: row.try_get("parked")?,
            })
        })
        .collect()
}

fn read(row: &PgRow) -> Result<Standing, sqlx::Error> {
    let at = |column: &str| -> Result<Option<Timestamp>, sqlx::Error> {
        Ok(row.try_get::<Option<SqlTimestamp>, _>(column)?.map(SqlTimestamp::to_jiff))
    };
    let fault: Option<String> = row.try_get("fault")?;
    let state = match (at("ended_at")?, at("seen_at")?) {
        (Some(_), _) => {
            if fault.is_some() {
                "failed"
            } else {
                "finished"
            }
        }
        (None, Some(_)) => "running",
        (None, None) => "waiting",
    };
    Ok(Standing {
        id: row.try_get("id")?,
        what: Do::read(row)?,
        view: row.try_get("name")?,
        kind: row.try_get("aggregate_type")?,
        stream: row.try_get("stream")?,
        who: row.try_get("who")?,
        why: row.try_get("why")?,
        asked_at: row.try_get::<SqlTimestamp, _>("asked_at")?.to_jiff(),
        state,
        ahead: row.try_get("ahead")?,
        silent_seconds: row.try_get::<i64, _>("silent")?.max(0),
        fault,
        skipped: row.try_get("skipped")?,
        applied: row.try_get("applied")?,
        open: row.try_get("open")?,
        stuck: row.try_get("stuck")?,
    })
}

//! Parking: the stream of a poison event waits in order, the others go on. Always under the checkpoint's row lock.

use std::collections::{HashMap, HashSet};

use sqlx::{PgConnection, Row};
use uuid::Uuid;

use crate::applied::Applied;
use crate::error::{Fault, ViewError};
use crate::view::View;

/// Why an event is parked that is no poison itself.
pub(crate) const WAITS: &str = "waits";

/// A stream: kind of aggregate and id. A person and a candidate share the id and are two streams.
pub(crate) type Stream = (String, Uuid);

fn stream_of(applied: &Applied) -> Stream {
    (applied.aggregate_type.clone(), applied.aggregate_id)
}

/// The streams of a page that were poisoned, each with position and fault of its first bad event.
#[derive(Debug, Default)]
pub(crate) struct Poisoned(HashMap<Stream, (i64, Fault)>);

impl Poisoned {
    pub(crate) fn one(applied: &Applied, fault: Fault) -> Self {
        let mut poisoned = Self::default();
        poisoned.add(applied, fault);
        poisoned
    }

    pub(crate) fn add(&mut self, applied: &Applied, fault: Fault) {
        self.0.insert(stream_of(applied), (applied.position, fault));
    }

    /// Position and fault of the stream's first bad event.
    pub(crate) fn get(&self, applied: &Applied) -> Option<&(i64, Fault)> {
        if self.0.is_empty() { None } else { self.0.get(&stream_of(applied)) }
    }
}

/// Which events of a page do not reach the read model.
#[derive(Debug, Default)]
pub(crate) struct Away {
    parked: HashSet<Stream>,
    skipped: HashSet<i64>,
}

impl Away {
    /// Whether its stream waits already.
    pub(crate) fn is_parked(&self, applied: &Applied) -> bool {
        !self.parked.is_empty() && self.parked.contains(&stream_of(applied))
    }

    /// Whether an operator decided that it is passed over.
    pub(crate) fn is_skipped(&self, applied: &Applied) -> bool {
        self.skipped.contains(&applied.position)
    }
}

/// What is known of the streams of a page, in the order of the feed or of the streams.
pub(crate) async fn set_aside(
    connection: &mut PgConnection,
    view: View,
    schema: &str,
    page: &[&Applied],
) -> Result<Away, ViewError> {
    let streams: HashSet<Uuid> = page.iter().map(|applied| applied.aggregate_id).collect();
    let (first, last) =
        (page.iter().map(|one| one.position).min(), page.iter().map(|one| one.position).max());
    let rows = sqlx::query(
        "select distinct p.aggregate_type as kind, p.stream, null::bigint as position \
             from views.parked p where p.schema = $1 and p.stream = any($2) \
         union all \
         select null, null, s.position from views.skipped s where s.name = $3 and s.position between $4 and $5",
    )
    .bind(schema)
    .bind(streams.into_iter().collect::<Vec<Uuid>>())
    .bind(view.name())
    .bind(first.unwrap_or(0))
    .bind(last.unwrap_or(0))
    .fetch_all(connection)
    .await?;
    let mut away = Away::default();
    for row in rows {
        match row.try_get("position")? {
            Some(position) => away.skipped.insert(position),
            None => away.parked.insert((row.try_get("kind")?, row.try_get("stream")?)),
        };
    }
    Ok(away)
}

/// Parks what does not go in: the first bad event of each poisoned stream under its code, the others as waiting.
pub(crate) async fn park(
    connection: &mut PgConnection,
    view: View,
    schema: &str,
    wanted: &[&Applied],
    away: &Away,
    poisoned: &Poisoned,
) -> Result<(), ViewError> {
    let mut rows = Parked::default();
    for applied in wanted {
        let reason = match poisoned.get(applied) {
            Some((position, _)) if applied.position < *position => continue,
            Some((position, fault)) if applied.position == *position => fault.code(),
            Some(_) => WAITS,
            None if away.is_parked(applied) => WAITS,
            None => continue,
        };
        if reason != WAITS {
            tracing::error!(
                view = view.name(), stream = %applied.aggregate_id, position = applied.position, reason,
                "an event cannot be taken in; its stream waits and the others go on"
            );
        }
        rows.add(applied, reason);
    }
    rows.insert(connection, schema).await
}

/// Columns of rows to come.
#[derive(Default)]
struct Parked {
    streams: Vec<Uuid>,
    positions: Vec<i64>,
    kinds: Vec<String>,
    events: Vec<Uuid>,
    reasons: Vec<String>,
}

impl Parked {
    fn add(&mut self, applied: &Applied, reason: &str) {
        self.streams.push(applied.aggregate_id);
        self.positions.push(applied.position);
        self.kinds.push(applied.aggregate_type.clone());
        self.events.push(applied.metadata.event_id);
        self.reasons.push(reason.to_owned());
    }

    async fn insert(self, connection: &mut PgConnection, schema: &str) -> Result<(), ViewError> {
        if self.streams.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "insert into views.parked (schema, stream, position, aggregate_type, event_id, reason) \
             select $1, * from unnest($2::uuid[], $3::bigint[], $4::text[], $5::uuid[], $6::text[])",
        )
        .bind(schema)
        .bind(self.streams)
        .bind(self.positions)
        .bind(self.kinds)
        .bind(self.events)
        .bind(self.reasons)
        .execute(connection)
        .await?;
        Ok(())
    }
}

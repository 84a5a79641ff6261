//! From a row of `events` to an event, with an error that names table, column and row.

use peiyu_contracts::{Metadata, Recorded};
use serde_json::value::RawValue;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::error::StoreError;

/// What [`recorded`] reads, for use in a select over `store.events e`.
pub(crate) const COLUMNS: &str = "e.aggregate_type, e.aggregate_id, e.sequence, e.event_type, \
     e.event_version, e.payload::text as payload, e.metadata::text as metadata";

/// Reads the columns of [`COLUMNS`].
pub(crate) fn recorded(row: &PgRow, position: i64) -> Result<Recorded, StoreError> {
    let text = |column: &'static str| row.try_get::<String, _>(column).map_err(StoreError::reading);
    let aggregate_type = text("aggregate_type")?;
    let id = text("aggregate_id")?;
    let sequence: i64 = row.try_get("sequence").map_err(StoreError::reading)?;
    let key = format!("{aggregate_type}/{id}/{sequence}");
    let bad = |column, problem: String| StoreError::inconsistent("events", column, &key, problem);

    let aggregate_id = Uuid::parse_str(&id).map_err(|error| bad("aggregate_id", error.to_string()))?;
    let event_version =
        text("event_version")?.parse().map_err(|error| bad("event_version", format!("{error}")))?;
    let payload =
        RawValue::from_string(text("payload")?).map_err(|error| bad("payload", error.to_string()))?;
    let metadata: Metadata =
        serde_json::from_str(&text("metadata")?).map_err(|error| bad("metadata", error.to_string()))?;
    Ok(Recorded {
        position,
        aggregate_type,
        aggregate_id,
        sequence,
        event_type: text("event_type")?,
        event_version,
        payload,
        metadata,
    })
}

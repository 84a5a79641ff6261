//! Envelopes for tests and benches of every room, so that a new field of the envelope is written here alone.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{Metadata, Origin};

/// Metadata of an event that account 1 recorded live, in no office and under no policy; a test that cares says so
/// with `Metadata { field, ..metadata(…) }`.
#[must_use]
pub fn metadata(event_id: Uuid, recorded_at: Timestamp, command_id: Uuid, subject: Uuid) -> Metadata {
    Metadata {
        event_id,
        recorded_at,
        occurred_on: None,
        principal: Uuid::from_u128(1),
        actor_person: None,
        actor_organisation: None,
        actor_office: None,
        command_id,
        correlation_id: command_id,
        causation_id: None,
        policy_version: None,
        policy_hash: None,
        traceparent: None,
        origin: Origin::Live,
        subject,
    }
}

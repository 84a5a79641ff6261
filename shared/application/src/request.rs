//! What a command comes with, and what it is answered with.

use peiyu_contracts::Origin;
use peiyu_domain::Actor;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Who sends a command, under which id, resting on what.
#[derive(Debug, Clone)]
pub struct Request {
    /// Who; see [`crate::Application::actor`].
    pub actor: Actor,
    /// `Idempotency-Key`, scoped to the account.
    pub command_id: Uuid,
    /// Keyed digest of route and body: the same id with another digest is refused.
    pub digest: [u8; 32],
    /// The whole piece of work.
    pub correlation_id: Uuid,
    /// The event that caused it, if one did.
    pub causation_id: Option<Uuid>,
    /// Version that the sender saw (`If-Match`); checked against the aggregate that is changed.
    pub if_match: Option<i64>,
    /// Live, transcribed or import.
    pub origin: Origin,
}

/// The answer to a command; the same for every repeated sending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The aggregate that was changed.
    pub id: Uuid,
    /// Its version afterwards.
    pub version: i64,
    /// The last event; none when nothing changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Uuid>,
}

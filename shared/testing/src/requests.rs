//! Requests with fresh ids.

use peiyu_application::Request;
use peiyu_contracts::Origin;
use peiyu_domain::Actor;
use uuid::Uuid;

/// A live command by somebody, under a new id.
#[must_use]
pub fn request(actor: Actor) -> Request {
    request_by(actor, Uuid::now_v7())
}

/// A live command by somebody, under a given id; its digest stands for one body.
#[must_use]
pub fn request_by(actor: Actor, command_id: Uuid) -> Request {
    Request {
        actor,
        command_id,
        digest: [7; 32],
        correlation_id: command_id,
        causation_id: None,
        if_match: None,
        origin: Origin::Live,
    }
}

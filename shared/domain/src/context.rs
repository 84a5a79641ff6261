//! What surrounds a decision: who acts, when, and by which numbers.

use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use crate::{access::Right, calendar::Calendar, organisation::HeldOffice, policy::Policy, values::PersonId};

/// Who sends a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The account; idempotency keys are scoped to it.
    pub principal: Uuid,
    /// The person behind it; none for the operator token and for services.
    pub person: Option<PersonId>,
    /// Offices that the person holds today.
    pub offices: Vec<HeldOffice>,
    /// Rights granted to the account itself, beyond those of offices.
    pub granted: Vec<Right>,
}

/// Everything a decision may look at beside its state, command and facts.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Who acts.
    pub actor: &'a Actor,
    /// Today in Asia/Shanghai.
    pub today: Date,
    /// The instant, UTC.
    pub now: Timestamp,
    /// The policy in force.
    pub policy: &'a Policy,
    /// Working days.
    pub calendar: &'a Calendar,
}

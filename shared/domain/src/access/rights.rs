//! The one table that maps office kind x organisation kind to rights.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Actor;
use crate::organisation::HeldOffice;
use crate::values::OrganisationId;

/// A right, as a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Right {
    /// See the pool, coverage and dossiers within one's scope.
    #[serde(rename = "pool.read")]
    PoolRead,
    /// See what one has to do oneself.
    #[serde(rename = "todo.read")]
    TodoRead,
    /// Record talks as a liaison.
    #[serde(rename = "talk.record")]
    TalkRecord,
    /// Assign and end liaisons.
    #[serde(rename = "liaison.assign")]
    LiaisonAssign,
    /// Plan classes, enrol, record results.
    #[serde(rename = "training.manage")]
    TrainingManage,
    /// Run imports.
    #[serde(rename = "import.run")]
    ImportRun,
    /// Correct a person's record.
    #[serde(rename = "person.correct")]
    PersonCorrect,
    /// Read the feed of events.
    #[serde(rename = "feed.read")]
    FeedRead,
    /// See what reminders went out and why.
    #[serde(rename = "reminder.read")]
    ReminderRead,
    /// Open accounts, issue passwords, grant rights.
    #[serde(rename = "account.manage")]
    AccountManage,
    /// Adopt policies.
    #[serde(rename = "policy.adopt")]
    PolicyAdopt,
    /// Operate the system: verify, health, metrics.
    #[serde(rename = "operate")]
    Operate,
}

/// Which part of the tree somebody sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everybody.
    University,
    /// These organisations and what is below them, and the people one accompanies.
    Organisations(Vec<OrganisationId>),
    /// Only the people one accompanies.
    OwnOnly,
}

/// Rights that one office gives.
#[must_use]
pub fn rights_of(office: &HeldOffice) -> &'static [Right] {
    let _ = office;
    &[]
}

/// Whether the actor may do this, by office or by grant.
#[must_use]
pub fn may(actor: &Actor, right: Right) -> bool {
    actor.granted.contains(&right) || actor.offices.iter().any(|office| rights_of(office).contains(&right))
}

/// What the actor sees.
#[must_use]
pub fn scope_of(actor: &Actor) -> Scope {
    let _ = actor;
    Scope::OwnOnly
}

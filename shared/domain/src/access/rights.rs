//! The rights, as words, and what somebody sees.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::table::rights_of;
use crate::Actor;
use crate::organisation::placement::{Placement, Tree};
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

/// No right is called so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no right")]
pub struct UnknownRight(pub String);

impl Right {
    /// Every right there is.
    pub const ALL: [Self; 12] = [
        Self::PoolRead,
        Self::TodoRead,
        Self::TalkRecord,
        Self::LiaisonAssign,
        Self::TrainingManage,
        Self::ImportRun,
        Self::PersonCorrect,
        Self::FeedRead,
        Self::ReminderRead,
        Self::AccountManage,
        Self::PolicyAdopt,
        Self::Operate,
    ];

    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PoolRead => "pool.read",
            Self::TodoRead => "todo.read",
            Self::TalkRecord => "talk.record",
            Self::LiaisonAssign => "liaison.assign",
            Self::TrainingManage => "training.manage",
            Self::ImportRun => "import.run",
            Self::PersonCorrect => "person.correct",
            Self::FeedRead => "feed.read",
            Self::ReminderRead => "reminder.read",
            Self::AccountManage => "account.manage",
            Self::PolicyAdopt => "policy.adopt",
            Self::Operate => "operate",
        }
    }
}

impl std::fmt::Display for Right {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Right {
    type Err = UnknownRight;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|right| right.as_str() == word)
            .ok_or_else(|| UnknownRight(word.to_owned()))
    }
}

/// Which part of the tree somebody sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everybody.
    University,
    /// These organisations and what is below them, and the people one accompanies; sorted, none twice.
    Organisations(Vec<OrganisationId>),
    /// Only the people one accompanies.
    OwnOnly,
}

/// Whether the actor may do this, by office or by grant.
#[must_use]
pub fn may(actor: &Actor, right: Right) -> bool {
    actor.granted.contains(&right) || actor.offices.iter().any(|office| rights_of(office).contains(&right))
}

/// What the actor sees.
#[must_use]
pub fn scope_of(actor: &Actor) -> Scope {
    scope_for(actor, Right::PoolRead)
}

/// Where the actor may do this. Only offices that give the right count: who may assign liaisons in one general
/// branch and only reads in another assigns in the first alone.
#[must_use]
pub fn scope_for(actor: &Actor, right: Right) -> Scope {
    if actor.granted.contains(&right) {
        return Scope::University;
    }
    let mut organisations = Vec::new();
    for office in actor.offices.iter().filter(|office| rights_of(office).contains(&right)) {
        if super::table::reaches_university(office) {
            return Scope::University;
        }
        organisations.push(office.organisation);
    }
    if organisations.is_empty() {
        return Scope::OwnOnly;
    }
    organisations.sort_unstable();
    organisations.dedup();
    Scope::Organisations(organisations)
}

/// Whether somebody placed there lies within the scope; `liaison_is_me` when the actor accompanies them.
#[must_use]
pub fn sees(scope: &Scope, placement: &Placement, liaison_is_me: bool, tree: &Tree) -> bool {
    if liaison_is_me {
        return true;
    }
    match scope {
        Scope::University => true,
        Scope::Organisations(organisations) => placement
            .branch
            .into_iter()
            .chain(placement.general_branch)
            .any(|place| organisations.iter().any(|organisation| tree.is_under(place, *organisation))),
        Scope::OwnOnly => false,
    }
}

//! Command handling: gather facts, load, decide, seal, append. The one way by which events come about.
//!
//! Three services append (api, notifier and later processes), all through [`Application`]. Every command
//! follows the same path (`handle.rs`): right, command id, facts, decision, append; a decision that others
//! overtook is made anew. The deciders of `domain` are hosted in `cqrs-es` (`hosted.rs`).
//!
//! # How to add a command
//! 1. Write its decision in `shared/domain` (see there).
//! 2. Give it a method in the file of its aggregate here: which right it needs, what facts it gathers.
//! 3. Give it a route in `services/api`.

mod accounts;
mod actors;
mod candidates;
mod directory;
mod draft;
mod error;
mod handle;
mod history;
mod hosted;
mod imports;
mod installation;
mod letters;
mod load;
mod metric;
mod organisations;
mod persons;
mod policies;
mod reminders;
mod request;
mod states;
mod trainings;

use std::sync::Arc;

use peiyu_domain::calendar::Calendar;
use peiyu_platform::Clock;
use peiyu_store::{Appender, Store};
use peiyu_vault::Vault;

pub use error::{CommandError, Refused};
pub use history::Unsealed;
pub use hosted::{Hosted, HostedEvent};
pub use imports::{Checked, Conflict, ImportFault, ImportReport, ImportSource, Progress};
pub use letters::letter_language;
pub use load::Loaded;
pub use request::{Answer, Request};
pub use states::States;

/// Times that a decision is made anew when others overtake it.
const MOST_ATTEMPTS: usize = 8;

/// What the application stands on.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The events.
    pub store: Store,
    /// The one writer of this process, which groups what waits.
    pub appender: Appender,
    /// Keys of persons.
    pub vault: Vault,
    /// Time.
    pub clock: Clock,
    /// Short name of the university.
    pub tenant: String,
}

/// Command handling of one process; cheap to clone.
#[derive(Debug, Clone)]
pub struct Application {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    appender: Appender,
    vault: Vault,
    clock: Clock,
    tenant: String,
    directory: directory::Cache,
    policies: policies::Cache,
    states: States,
}

impl Application {
    /// Puts the parts together; touches neither store nor vault.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { store, appender, vault, clock, tenant } = parts;
        let directory = directory::Cache::default();
        let policies = policies::Cache::default();
        let states = States::default();
        let inner = Inner { store, appender, vault, clock, tenant, directory, policies, states };
        Self { inner: Arc::new(inner) }
    }

    /// The injected clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// The events.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The keys.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.inner.vault
    }

    /// Short name of the university.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.inner.tenant
    }

    /// Working days.
    #[must_use]
    pub fn calendar(&self) -> &'static Calendar {
        Calendar::shipped()
    }
}

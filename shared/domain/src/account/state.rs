//! What is so now about an account.

use std::collections::BTreeSet;

use super::{AccountEvent, AccountRefusal};
use crate::access::Right;
use crate::decider::Aggregate;
use crate::values::PersonId;

/// Where an account stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Status {
    /// Never opened.
    #[default]
    Absent,
    /// Usable.
    Open,
    /// No longer usable.
    Closed,
}

/// One login.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Account {
    status: Status,
    person: Option<PersonId>,
    granted: BTreeSet<Right>,
}

impl Account {
    /// Where it stands.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// Whose it is; none for a machine's.
    #[must_use]
    pub fn person(&self) -> Option<PersonId> {
        self.person
    }

    /// Rights beyond those of offices.
    #[must_use]
    pub fn granted(&self) -> &BTreeSet<Right> {
        &self.granted
    }
}

impl Aggregate for Account {
    const TYPE: &'static str = "account";
    type Event = AccountEvent;
    type Refusal = AccountRefusal;

    fn evolve(&mut self, event: &AccountEvent) {
        match event {
            AccountEvent::AccountOpened { person } => {
                self.status = Status::Open;
                self.person = *person;
            }
            AccountEvent::RightGranted { right } => {
                self.granted.insert(*right);
            }
            AccountEvent::RightRevoked { right } => {
                self.granted.remove(right);
            }
            AccountEvent::PasswordIssued {} => {}
            AccountEvent::AccountClosed {} => self.status = Status::Closed,
        }
    }
}

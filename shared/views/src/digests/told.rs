//! Who was told of which duties, with how it went.

use jiff::civil::Date;
use peiyu_domain::duties::Rung;
use peiyu_domain::duties::why::{Delivery, Notice};
use peiyu_domain::reminder::ReminderFailure;
use peiyu_domain::values::{PersonId, ReminderId};
use serde::Deserialize;
use sqlx::PgPool;
use uuid::Uuid;

use super::Earlier;
use crate::ask::{Question, wrap};
use crate::error::ViewError;
use crate::reminders::Stage;

#[derive(Debug, Deserialize)]
pub(super) struct Row {
    pub(super) obligation: Uuid,
    rung: Rung,
    addressee: PersonId,
    reminder: ReminderId,
    day: Date,
    stage: Stage,
    possible_double: bool,
    failure: Option<ReminderFailure>,
    /// Whether the addressee has an address now.
    is_reachable: bool,
}

/// Digests that named these obligations, oldest first.
pub(super) async fn of(pool: &PgPool, obligations: Vec<Uuid>) -> Result<Vec<Row>, ViewError> {
    let select = wrap(
        "select n.obligation, n.rung, n.addressee, n.reminder, n.day, r.stage, r.possible_double, r.failure, \
         coalesce((select p.email <> '' from views.persons p where p.id = n.addressee), false) as is_reachable \
         from views.reminder_names n join views.reminders r on r.id = n.reminder \
         where n.obligation = any($1) order by n.day, n.reminder limit 20000",
    );
    Question::new("reminder_names", &select).ids(obligations).all(pool).await
}

impl Row {
    pub(super) fn notice(&self) -> Notice {
        let delivery = match (self.stage, self.failure) {
            (Stage::Claimed, _) => Delivery::Claimed,
            (Stage::Sent, _) => Delivery::Sent { possible_double: self.possible_double },
            (Stage::Failed, failure) => {
                Delivery::Failed(failure.unwrap_or(ReminderFailure::ServerUnavailable))
            }
        };
        Notice {
            reminder: self.reminder,
            rung: self.rung,
            addressee: self.addressee,
            day: self.day,
            delivery,
        }
    }

    /// It failed for want of an address, and there is one by now: the rung is still to be said.
    pub(super) fn waited_for_address(&self) -> bool {
        self.is_reachable && self.stage == Stage::Failed && self.failure == Some(ReminderFailure::NoAddress)
    }

    /// Whether the rung needs not be said again: it arrived, or never will at that address.
    pub(super) fn is_settled(&self) -> bool {
        match (self.stage, self.failure) {
            (Stage::Sent, _) => true,
            (Stage::Failed, Some(ReminderFailure::NoAddress)) => !self.is_reachable,
            (Stage::Failed, Some(ReminderFailure::AddressRefused)) => true,
            (Stage::Failed, Some(ReminderFailure::ServerUnavailable) | None) | (Stage::Claimed, _) => false,
        }
    }

    pub(super) fn earlier(&self) -> Earlier {
        let Self { rung, addressee, day, .. } = *self;
        let failure = match self.stage {
            Stage::Sent => None,
            // Nobody knows whether it went out.
            Stage::Claimed => Some(ReminderFailure::ServerUnavailable),
            Stage::Failed => self.failure,
        };
        Earlier { rung, addressee, day, failure }
    }
}

//! 每日提醒: what each addressee's digest of a day says, and why somebody was told or not. Only reads.
//!
//! The same plan serves the notifier, which carries it out, and the preview, which shows it.

mod explain;
mod plan;
mod told;

use jiff::civil::Date;
use peiyu_domain::calendar::Calendar;
use peiyu_domain::duties::routing::Passed;
use peiyu_domain::duties::{DutyKind, Rung};
use peiyu_domain::policy::Policy;
use peiyu_domain::reminder::ReminderFailure;
use peiyu_domain::values::PersonId;
use serde::Serialize;
use uuid::Uuid;

pub use explain::{ExplainedDuty, ExplainedRung, Now, Told, explain};
pub use plan::{import_runs, plan};

use crate::reminders::{Reminder, Stage};

/// Most duties that one digest names, so that the claim stays within one event; the rest stand in the next.
pub const MOST_NAMED: usize = 250;
/// Digests by mail.
pub const MAIL: &str = "mail";

/// By which numbers is reckoned.
#[derive(Debug, Clone, Copy)]
pub struct Numbers<'a> {
    /// The policy in force.
    pub policy: &'a Policy,
    /// Working days.
    pub calendar: &'a Calendar,
}

/// What goes out on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The day.
    pub day: Date,
    /// Whether people work on it; if not, nothing goes out.
    pub is_working_day: bool,
    /// Whether the year of the day was loaded; if not, Monday to Friday count.
    pub is_calendar_known: bool,
    /// One digest an addressee, by addressee.
    pub digests: Vec<Digest>,
    /// What waits for an operator since a restore, one an addressee.
    pub held: Vec<Digest>,
    /// Rungs that are reached and have nobody to speak to; at most 1000.
    pub unheard: Vec<Unheard>,
}

/// One addressee's digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Digest {
    /// To whom.
    pub addressee: PersonId,
    /// Oldest due day first; at most [`MOST_NAMED`].
    pub items: Vec<Item>,
    /// How many more wait for the next days.
    pub more: usize,
    /// How far the day's digest has come, when it was begun.
    pub begun: Option<Reminder>,
}

/// One duty in a digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// The obligation.
    pub obligation: Uuid,
    /// Its kind.
    pub kind: DutyKind,
    /// Whom it concerns.
    pub about: PersonId,
    /// From which day the term is reckoned.
    pub anchor: Date,
    /// When it is due.
    pub due_on: Date,
    /// Who accompanies the candidate.
    pub liaison: Option<PersonId>,
    /// Highest rung that is reached for this addressee.
    pub rung: Rung,
    /// Whether the addressee must act, or is told because others did not.
    pub is_own: bool,
    /// Offices that the rung went past.
    pub passed: Vec<(Rung, Passed)>,
    /// Who was told before, oldest first.
    pub earlier: Vec<Earlier>,
}

/// Somebody was told of a duty before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Earlier {
    /// For which rung.
    pub rung: Rung,
    /// Who.
    pub addressee: PersonId,
    /// On which day.
    pub day: Date,
    /// Why the digest did not arrive, if it did not.
    pub failure: Option<ReminderFailure>,
}

/// A rung with nobody to speak to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unheard {
    /// The obligation.
    pub obligation: Uuid,
    /// Its kind.
    pub kind: DutyKind,
    /// Whom it concerns.
    pub about: PersonId,
    /// The rung.
    pub rung: Rung,
    /// The offices that were passed over.
    pub passed: Vec<(Rung, Passed)>,
}

impl Digest {
    /// Whether the addressee's digest of the day is done, sent or refused for good: what comes up later waits.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.begun.as_ref().is_some_and(is_done)
    }
}

pub(crate) fn is_done(reminder: &Reminder) -> bool {
    match (reminder.stage, reminder.failure) {
        (Stage::Sent, _) => true,
        (Stage::Failed, Some(ReminderFailure::NoAddress | ReminderFailure::AddressRefused)) => true,
        (Stage::Failed, Some(ReminderFailure::ServerUnavailable) | None) | (Stage::Claimed, _) => false,
    }
}

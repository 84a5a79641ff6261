//! What was sent: one row a digest, and which obligations it named for which rung.

mod ask;

use jiff::Timestamp;
use jiff::civil::Date;
use peiyu_domain::AnyEvent;
use peiyu_domain::duties::{DutyKind, Rung};
use peiyu_domain::reminder::{ReminderEvent, ReminderFailure};
use peiyu_domain::values::{PersonId, ReminderId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use ask::{
    Already, Explained, Filter, already_named, by_ids, explain, last_claimed_at, list, names_of, unfinished,
};

use crate::applied::Applied;
use crate::error::Fault;
use crate::table::{Row, Table};
use crate::view::{Definition, page};

pub(crate) static DEFINITION: Definition = Definition {
    name: "reminders",
    version: 1,
    aggregates: &["reminder"],
    tables: &[&REMINDERS, &REMINDER_NAMES],
};

static REMINDERS: Table = Table {
    name: "reminders",
    owner: "id",
    key: &["id"],
    columns: &[
        ("id", "uuid not null"),
        ("version", "bigint not null"),
        ("addressee", "uuid not null"),
        ("day", "date not null"),
        ("channel", "text not null"),
        ("stage", "text not null"),
        ("attempts", "integer not null"),
        ("claimed_at", "timestamptz not null"),
        ("ended_at", "timestamptz"),
        ("receipt", "text"),
        ("possible_double", "boolean not null"),
        ("failure", "text"),
        ("code", "integer"),
    ],
    indexes: &["(day, id)", "(addressee, day)", "(claimed_at) where stage = 'claimed'"],
};

static REMINDER_NAMES: Table = Table {
    name: "reminder_names",
    owner: "reminder",
    key: &["reminder", "obligation", "rung"],
    columns: &[
        ("reminder", "uuid not null"),
        ("obligation", "uuid not null"),
        ("rung", "text not null"),
        ("addressee", "uuid not null"),
        ("kind", "text not null"),
        ("about", "uuid not null"),
        ("due_on", "date not null"),
        ("day", "date not null"),
    ],
    indexes: &["(obligation)", "(about)"],
};

/// How far a digest has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// A notifier took it on and has not said how it went.
    Claimed,
    /// The channel took it.
    Sent,
    /// The channel did not.
    Failed,
}

impl Stage {
    /// As it stands in the read model.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }
}

/// One digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    /// Id, made from addressee, day and channel.
    pub id: ReminderId,
    /// Version of the `reminder` aggregate.
    pub version: i64,
    /// To whom.
    pub addressee: PersonId,
    /// Day of the digest.
    pub day: Date,
    /// `mail`.
    pub channel: String,
    /// How far it has come.
    pub stage: Stage,
    /// How often it was claimed.
    pub attempts: u32,
    /// When it was claimed last.
    pub claimed_at: Timestamp,
    /// When it was sent or failed last.
    pub ended_at: Option<Timestamp>,
    /// The provider's receipt.
    pub receipt: Option<String>,
    /// Whether it may have gone out twice.
    pub possible_double: bool,
    /// Why it failed last.
    pub failure: Option<ReminderFailure>,
    /// SMTP reply code of the failure.
    pub code: Option<u16>,
}

/// One obligation that a digest named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReminderName {
    /// The digest.
    pub reminder: ReminderId,
    /// The obligation.
    pub obligation: Uuid,
    /// Rung that fired.
    pub rung: Rung,
    /// To whom.
    pub addressee: PersonId,
    /// Kind of the obligation.
    pub kind: DutyKind,
    /// Whom it concerns.
    pub about: PersonId,
    /// When it was due.
    pub due_on: Date,
    /// Day of the digest.
    pub day: Date,
}

impl Row for Reminder {
    const TABLE: &'static Table = &REMINDERS;
    type Key = ReminderId;

    fn key(&self) -> ReminderId {
        self.id
    }
}

impl Row for ReminderName {
    const TABLE: &'static Table = &REMINDER_NAMES;
    type Key = (ReminderId, Uuid, Rung);

    fn key(&self) -> Self::Key {
        (self.reminder, self.obligation, self.rung)
    }
}

page!(reminders: Reminder, names: ReminderName);

fn fold(page: &mut Page, event: &AnyEvent, applied: &Applied) -> Result<(), Fault> {
    let AnyEvent::Reminder(event) = event else { return Ok(()) };
    let id = ReminderId(applied.aggregate_id);
    if let ReminderEvent::ReminderClaimed { addressee, day, channel, names, attempt, at } = event {
        for named in names {
            page.names.put(ReminderName {
                reminder: id,
                obligation: named.obligation,
                rung: named.rung,
                addressee: *addressee,
                kind: named.kind,
                about: named.about,
                due_on: named.due_on,
                day: *day,
            });
        }
        page.reminders.put(Reminder {
            id,
            version: applied.sequence,
            addressee: *addressee,
            day: *day,
            channel: channel.clone(),
            stage: Stage::Claimed,
            attempts: *attempt,
            claimed_at: *at,
            ended_at: None,
            receipt: None,
            possible_double: *attempt > 1,
            failure: None,
            code: None,
        });
        return Ok(());
    }
    let reminder = page.reminders.edit(&id).ok_or_else(|| Fault::new("out_of_order"))?;
    reminder.end(event, applied);
    Ok(())
}

impl Reminder {
    fn end(&mut self, event: &ReminderEvent, applied: &Applied) {
        self.version = applied.sequence;
        self.ended_at = Some(applied.metadata.recorded_at);
        match event {
            // Taken in before.
            ReminderEvent::ReminderClaimed { .. } => {}
            ReminderEvent::ReminderSent { receipt, possible_double } => {
                self.stage = Stage::Sent;
                self.receipt = Some(receipt.clone());
                self.possible_double = *possible_double;
                (self.failure, self.code) = (None, None);
            }
            ReminderEvent::ReminderFailed { failure, code } => {
                self.stage = Stage::Failed;
                (self.failure, self.code) = (Some(*failure), *code);
            }
        }
    }
}

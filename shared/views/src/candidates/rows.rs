//! Tables of the pool.

use jiff::civil::Date;
use peiyu_contracts::Origin;
use peiyu_domain::candidate::events::{LiaisonEnd, TalkCorrection};
use peiyu_domain::organisation::HeldOffice;
use peiyu_domain::values::{ClassId, OfficeKind, OrganisationId, Outcome, PersonId, TalkForm};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::applied::Applied;
use crate::table::{Row, Table};

pub(super) static CANDIDATES: Table = Table {
    name: "candidates",
    owner: "id",
    key: &["id"],
    columns: &[
        ("id", "uuid not null"),
        ("version", "bigint not null"),
        ("in_pool", "boolean not null"),
        ("since", "date"),
        ("liaison", "uuid"),
        ("liaison_organisation", "uuid"),
        ("liaison_office", "text"),
        ("assigned_on", "date"),
        ("last_talk", "date"),
        ("talks", "integer not null"),
        ("trainings", "integer not null"),
        ("periods", "integer not null"),
        ("assignments", "integer not null"),
    ],
    indexes: &[
        "(liaison) where liaison is not null",
        // Who is without now: as many as there are, not as many as the pool.
        "(id) where in_pool and liaison is null",
    ],
};

pub(super) static POOL_PERIODS: Table = Table {
    name: "pool_periods",
    owner: "candidate",
    key: &["candidate", "number"],
    columns: &[
        ("candidate", "uuid not null"),
        ("number", "integer not null"),
        ("from", "date not null"),
        ("to", "date"),
    ],
    // Who left after a day.
    indexes: &["(\"to\") where \"to\" is not null"],
};

pub(super) static ASSIGNMENTS: Table = Table {
    name: "assignments",
    owner: "candidate",
    key: &["candidate", "number"],
    columns: &[
        ("candidate", "uuid not null"),
        ("number", "integer not null"),
        ("liaison", "uuid not null"),
        ("organisation", "uuid not null"),
        ("office", "text not null"),
        ("from", "date not null"),
        ("to", "date"),
        ("reason", "text"),
        ("event_id", "uuid not null"),
        ("recorded_on", "date not null"),
        ("ended_by", "uuid"),
        ("ended_recorded_on", "date"),
    ],
    // Whose present liaison came after a day.
    indexes: &["(liaison)", "(\"from\") where \"to\" is null"],
};

pub(super) static TALKS: Table = Table {
    name: "talks",
    owner: "candidate",
    key: &["candidate", "number"],
    columns: &[
        ("candidate", "uuid not null"),
        ("number", "integer not null"),
        ("talker", "uuid not null"),
        ("held_on", "date not null"),
        ("form", "text not null"),
        ("origin", "text not null"),
        ("corrections", "integer not null"),
        ("event_id", "uuid not null"),
        ("recorded_on", "date not null"),
        ("corrected_by", "uuid[] not null"),
    ],
    indexes: &["(talker)"],
};

pub(super) static TRAINING_RESULTS: Table = Table {
    name: "training_results",
    owner: "candidate",
    key: &["candidate", "class"],
    columns: &[
        ("candidate", "uuid not null"),
        ("class", "uuid not null"),
        ("on", "date not null"),
        ("hours_tenths", "integer not null"),
        ("outcome", "text not null"),
        ("event_id", "uuid not null"),
    ],
    indexes: &[],
};

/// One candidate as they stand now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Id, also of the person.
    pub id: PersonId,
    /// Version of the `candidate` aggregate.
    pub version: i64,
    /// Whether in the pool.
    pub in_pool: bool,
    /// Since when in the pool.
    pub since: Option<Date>,
    /// Present liaison.
    pub liaison: Option<PersonId>,
    /// Organisation of the liaison's office.
    pub liaison_organisation: Option<OrganisationId>,
    /// The liaison's office.
    pub liaison_office: Option<OfficeKind>,
    /// Since when the liaison accompanies.
    pub assigned_on: Option<Date>,
    /// Day of the latest talk, as corrected.
    pub last_talk: Option<Date>,
    /// How many talks are on record.
    pub talks: i32,
    /// How many training results are on record.
    pub trainings: i32,
    /// How often the pool was entered.
    pub periods: i32,
    /// How many assignments there were.
    pub assignments: i32,
}

/// A stay in the pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolPeriod {
    /// Who.
    pub candidate: PersonId,
    /// 1, 2, 3, …
    pub number: i32,
    /// First day.
    pub from: Date,
    /// First day on which no longer in it.
    pub to: Option<Date>,
}

/// An assignment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Whom.
    pub candidate: PersonId,
    /// 1, 2, 3, …
    pub number: i32,
    /// Who.
    pub liaison: PersonId,
    /// Organisation of the office in which.
    pub organisation: OrganisationId,
    /// Office in which.
    pub office: OfficeKind,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Option<Date>,
    /// Why it ended.
    pub reason: Option<LiaisonEnd>,
    /// The event that began it.
    pub event_id: Uuid,
    /// Civil day on which its beginning was recorded.
    pub recorded_on: Date,
    /// The event that ended it.
    pub ended_by: Option<Uuid>,
    /// Civil day on which its end was recorded.
    pub ended_recorded_on: Option<Date>,
}

/// A talk; what was said is in the event alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Talk {
    /// With whom.
    pub candidate: PersonId,
    /// 1, 2, 3, …
    pub number: u32,
    /// Who talked.
    pub talker: PersonId,
    /// Day, as corrected.
    pub held_on: Date,
    /// Form, as corrected.
    pub form: TalkForm,
    /// Live or taken from old records.
    pub origin: Origin,
    /// How many corrections.
    pub corrections: i32,
    /// The event that recorded it.
    pub event_id: Uuid,
    /// Civil day on which it was recorded.
    pub recorded_on: Date,
    /// The events that corrected it.
    pub corrected_by: Vec<Uuid>,
}

/// The result of a training.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingResult {
    /// Who.
    pub candidate: PersonId,
    /// The class.
    pub class: ClassId,
    /// Day of completion.
    pub on: Date,
    /// Tenths of an hour.
    pub hours_tenths: u32,
    /// Result.
    pub outcome: Outcome,
    /// The event.
    pub event_id: Uuid,
}

impl Row for Candidate {
    const TABLE: &'static Table = &CANDIDATES;
    type Key = PersonId;

    fn key(&self) -> PersonId {
        self.id
    }
}

impl Row for PoolPeriod {
    const TABLE: &'static Table = &POOL_PERIODS;
    type Key = (PersonId, i32);

    fn key(&self) -> Self::Key {
        (self.candidate, self.number)
    }
}

impl Row for Assignment {
    const TABLE: &'static Table = &ASSIGNMENTS;
    type Key = (PersonId, i32);

    fn key(&self) -> Self::Key {
        (self.candidate, self.number)
    }
}

impl Row for Talk {
    const TABLE: &'static Table = &TALKS;
    type Key = (PersonId, u32);

    fn key(&self) -> Self::Key {
        (self.candidate, self.number)
    }
}

impl Row for TrainingResult {
    const TABLE: &'static Table = &TRAINING_RESULTS;
    type Key = (PersonId, ClassId);

    fn key(&self) -> Self::Key {
        (self.candidate, self.class)
    }
}

impl Candidate {
    pub(super) fn new(id: PersonId) -> Self {
        Self {
            id,
            version: 0,
            in_pool: false,
            since: None,
            liaison: None,
            liaison_organisation: None,
            liaison_office: None,
            assigned_on: None,
            last_talk: None,
            talks: 0,
            trainings: 0,
            periods: 0,
            assignments: 0,
        }
    }

    pub(super) fn without_liaison(&mut self) {
        (self.liaison, self.liaison_organisation) = (None, None);
        (self.liaison_office, self.assigned_on) = (None, None);
    }
}

impl Assignment {
    pub(super) fn begun(
        candidate: PersonId,
        number: i32,
        liaison: PersonId,
        office: &HeldOffice,
        from: Date,
        applied: &Applied,
    ) -> Self {
        Self {
            candidate,
            number,
            liaison,
            organisation: office.organisation,
            office: office.office,
            from,
            to: None,
            reason: None,
            event_id: applied.metadata.event_id,
            recorded_on: applied.recorded_on(),
            ended_by: None,
            ended_recorded_on: None,
        }
    }

    pub(super) fn end(&mut self, on: Date, reason: LiaisonEnd, applied: &Applied) {
        self.to = Some(on);
        self.reason = Some(reason);
        self.ended_by = Some(applied.metadata.event_id);
        self.ended_recorded_on = Some(applied.recorded_on());
    }
}

impl Talk {
    pub(super) fn recorded(
        candidate: PersonId,
        number: u32,
        talker: PersonId,
        held_on: Date,
        form: TalkForm,
        applied: &Applied,
    ) -> Self {
        Self {
            candidate,
            number,
            talker,
            held_on,
            form,
            origin: applied.metadata.origin,
            corrections: 0,
            event_id: applied.metadata.event_id,
            recorded_on: applied.recorded_on(),
            corrected_by: Vec::new(),
        }
    }

    pub(super) fn correct(&mut self, correction: &TalkCorrection, applied: &Applied) {
        self.held_on = correction.held_on.unwrap_or(self.held_on);
        self.form = correction.form.unwrap_or(self.form);
        self.corrections += 1;
        self.corrected_by.push(applied.metadata.event_id);
    }
}

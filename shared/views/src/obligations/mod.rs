//! What is due: the duties of every candidate, opened and closed by the candidate's own events.
//!
//! Due days are not stored: they follow from the anchor and from the policy of the day on which one asks,
//! so that another policy needs no rebuild. Leaders with nobody join two streams and are found when asked
//! (`leaders::with_nobody`).

mod ask;

use jiff::civil::Date;
use peiyu_domain::candidate::CandidateEvent;
use peiyu_domain::duties::{DutyKind, Happened, OpenDuty, Timeline};
use peiyu_domain::values::PersonId;
use peiyu_domain::{AnyEvent, Event};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use ask::{After, Cutoffs, by_ids, for_liaison, of_candidate, open_due_by, timeline_of};

use crate::applied::Applied;
use crate::error::Fault;
use crate::table::{Row, Table};
use crate::view::{Definition, page};

pub(crate) static DEFINITION: Definition = Definition {
    name: "obligations",
    version: 1,
    aggregates: &["candidate"],
    tables: &[&OBLIGATIONS, &TIMELINES],
};

static OBLIGATIONS: Table = Table {
    name: "obligations",
    owner: "candidate",
    key: &["id"],
    columns: &[
        ("id", "uuid not null"),
        ("kind", "text not null"),
        ("candidate", "uuid not null"),
        ("liaison", "uuid"),
        ("anchor", "date not null"),
        ("opened_by", "uuid not null"),
        ("position", "bigint not null"),
        ("known_on", "date not null"),
        ("closed_on", "date"),
        ("closed_by", "uuid"),
        ("how", "text"),
    ],
    indexes: &[
        // A tick costs what is due, not what is open.
        "(kind, anchor, id) where closed_by is null",
        "(liaison) where closed_by is null",
    ],
};

static TIMELINES: Table = Table {
    name: "timelines",
    owner: "candidate",
    key: &["candidate"],
    columns: &[("candidate", "uuid not null"), ("timeline", "jsonb not null")],
    indexes: &[],
};

/// How an obligation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// What it asked for was done.
    Met,
    /// What it rested on is gone (left the pool, liaison ended).
    Lapsed,
}

/// One obligation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obligation {
    /// Id, made from what it is for.
    pub id: Uuid,
    /// Kind.
    pub kind: DutyKind,
    /// Whom it concerns.
    pub candidate: PersonId,
    /// Who must act, when somebody accompanies the candidate.
    pub liaison: Option<PersonId>,
    /// The day from which its term is reckoned; the due day follows from it and from the policy.
    pub anchor: Date,
    /// The event that opened it.
    pub opened_by: Uuid,
    /// Feed position of the event that made it what it is.
    pub position: i64,
    /// Civil day on which it became known as it is.
    pub known_on: Date,
    /// Day on which it ended, as it was known then; `digests::explain` tells a talk's day as corrected.
    pub closed_on: Option<Date>,
    /// The event that ended it.
    pub closed_by: Option<Uuid>,
    /// How it ended; none while it is open.
    pub how: Option<Closing>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    candidate: PersonId,
    timeline: Timeline,
}

impl Row for Obligation {
    const TABLE: &'static Table = &OBLIGATIONS;
    type Key = Uuid;

    fn key(&self) -> Uuid {
        self.id
    }
}

impl Row for Line {
    const TABLE: &'static Table = &TIMELINES;
    type Key = PersonId;

    fn key(&self) -> PersonId {
        self.candidate
    }
}

page!(obligations: Obligation, lines: Line);

fn fold(page: &mut Page, event: &AnyEvent, applied: &Applied) -> Result<(), Fault> {
    let AnyEvent::Candidate(event) = event else { return Ok(()) };
    let candidate = PersonId(applied.aggregate_id);
    if page.lines.get(&candidate).is_none() {
        page.lines.put(Line { candidate, timeline: Timeline::default() });
    }
    let Some(line) = page.lines.edit(&candidate) else { return Ok(()) };
    let before = line.timeline.open_duties(candidate);
    let happened = Happened { event_id: applied.metadata.event_id, recorded_on: applied.recorded_on() };
    line.timeline.apply(event, &happened);
    let after = line.timeline.open_duties(candidate);
    let closing_day = event.occurred_on().or(line.timeline.last_talk()).unwrap_or(happened.recorded_on);
    for gone in before.iter().filter(|duty| after.iter().all(|open| open.id != duty.id)) {
        if let Some(row) = page.obligations.edit(&gone.id) {
            row.closed_on = Some(closing_day);
            row.closed_by = Some(happened.event_id);
            row.how = Some(closing(gone.kind, event));
        }
    }
    for open in after.iter().filter(|open| !before.contains(open)) {
        page.obligations.put(opened(candidate, open, applied.position));
    }
    Ok(())
}

fn opened(candidate: PersonId, duty: &OpenDuty, position: i64) -> Obligation {
    Obligation {
        id: duty.id,
        kind: duty.kind,
        candidate,
        liaison: duty.liaison,
        anchor: duty.anchor,
        opened_by: duty.opened_by,
        position,
        known_on: duty.known_on,
        closed_on: None,
        closed_by: None,
        how: None,
    }
}

/// An obligation is met by the very thing that it asks for; whatever else ends it lets it lapse.
fn closing(kind: DutyKind, event: &CandidateEvent) -> Closing {
    let is_talk = matches!(event, CandidateEvent::TalkRecorded { .. } | CandidateEvent::TalkCorrected { .. });
    let is_assignment = matches!(event, CandidateEvent::LiaisonAssigned { .. });
    let met = match kind {
        DutyKind::FirstTalk | DutyKind::NextTalk => is_talk,
        DutyKind::LiaisonGap | DutyKind::LeaderWithNobody => is_assignment,
    };
    if met { Closing::Met } else { Closing::Lapsed }
}

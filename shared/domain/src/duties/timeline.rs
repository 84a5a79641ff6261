//! What a candidate's events say about liaisons and talks: the pure fold from which duties follow.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::DutyKind;
use super::terms::days_between;
use crate::calendar::{days_after, days_before};
use crate::candidate::CandidateEvent;
use crate::candidate::events::LiaisonEnd;
use crate::values::PersonId;
use crate::values::ids::named;

/// How an event was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happened {
    /// The event.
    pub event_id: Uuid,
    /// Civil day on which it was recorded, Asia/Shanghai.
    pub recorded_on: Date,
}

/// A duty that is not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenDuty {
    /// Made from kind, candidate and opening event.
    pub id: Uuid,
    /// Kind.
    pub kind: DutyKind,
    /// The day from which its term is reckoned.
    pub anchor: Date,
    /// The event that opened it; stays when a correction moves the anchor.
    pub opened_by: Uuid,
    /// The day on which it became known as it is: no rung of the ladder lies before.
    pub known_on: Date,
    /// Who must act, when somebody accompanies the candidate.
    pub liaison: Option<PersonId>,
}

/// Days in the pool without a liaison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// First day without.
    pub from: Date,
    /// Last day without.
    pub to: Date,
}

impl Gap {
    /// How many days.
    #[must_use]
    pub fn days(&self) -> u32 {
        days_between(self.from, self.to).saturating_add(1)
    }
}

/// Id of a duty, found again from what it is for: the candidate, or the leader with nobody.
#[must_use]
pub fn duty_id(kind: DutyKind, person: PersonId, opened_by: Uuid) -> Uuid {
    named(&["duty", kind.as_str(), &person.to_string(), &opened_by.to_string()])
}

/// One candidate's liaisons and talks over time. Follows from the events alone: applying them one by one or
/// all at once is the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    coverage: Coverage,
    gaps: Vec<Gap>,
    talks: BTreeMap<u32, Talk>,
    duty: Option<Standing>,
}

/// Whether somebody accompanies the candidate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Coverage {
    /// Not in the pool: nobody needs to.
    #[default]
    Outside,
    /// In the pool, and nobody does.
    Uncovered {
        /// Pool entered, or last liaison ended.
        anchor: Date,
        /// First day without a liaison.
        first_day: Date,
        opened_by: Uuid,
        /// Where a hand-over is under way: what goes on if somebody takes over on that very day.
        handing_over: Option<HandOver>,
    },
    /// In the pool, and somebody does.
    Covered { liaison: PersonId, chain: Chain },
}

/// Assignments that followed one another by hand-over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Chain {
    since: Date,
    opened_by: Uuid,
}

/// What a hand-over leaves untouched: the chain, and since when its duty is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct HandOver {
    chain: Chain,
    duty: Option<Standing>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Talk {
    held_on: Date,
    recorded_by: Uuid,
}

/// The duty as it stands, whoever must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Standing {
    kind: DutyKind,
    anchor: Date,
    opened_by: Uuid,
    known_on: Date,
}

impl Timeline {
    /// Takes in one event of the candidate, in the order of its stream.
    pub fn apply(&mut self, event: &CandidateEvent, at: &Happened) {
        match event {
            CandidateEvent::PoolEntered { on } => self.enter(*on, at),
            CandidateEvent::PoolLeft { on, .. } => self.leave(*on),
            CandidateEvent::LiaisonAssigned { liaison, since, .. } => self.assign(*liaison, *since, at),
            CandidateEvent::LiaisonEnded { on, reason, .. } => self.end(*on, *reason, at),
            CandidateEvent::TalkRecorded { talk, held_on, .. } => {
                self.talks.insert(*talk, Talk { held_on: *held_on, recorded_by: at.event_id });
            }
            CandidateEvent::TalkCorrected { talk, correction, .. } => {
                if let (Some(talk), Some(held_on)) = (self.talks.get_mut(talk), correction.held_on) {
                    talk.held_on = held_on;
                }
            }
            // Training is no talk.
            CandidateEvent::TrainingCompleted { .. } => {}
        }
        self.settle(at);
    }

    /// The duties that are open now: at most one, since a candidate either has a liaison or needs one.
    #[must_use]
    pub fn open_duties(&self, candidate: PersonId) -> Vec<OpenDuty> {
        let open = |duty: Standing| OpenDuty {
            id: duty_id(duty.kind, candidate, duty.opened_by),
            kind: duty.kind,
            anchor: duty.anchor,
            opened_by: duty.opened_by,
            known_on: duty.known_on,
            liaison: self.liaison(),
        };
        self.duty.map(open).into_iter().collect()
    }

    /// Who accompanies the candidate now.
    #[must_use]
    pub fn liaison(&self) -> Option<PersonId> {
        match self.coverage {
            Coverage::Covered { liaison, .. } => Some(liaison),
            Coverage::Outside | Coverage::Uncovered { .. } => None,
        }
    }

    /// Whether the candidate is in the pool now.
    #[must_use]
    pub fn is_in_pool(&self) -> bool {
        self.coverage != Coverage::Outside
    }

    /// Day of the latest talk, with whomever and whenever.
    #[must_use]
    pub fn last_talk(&self) -> Option<Date> {
        self.talks.values().map(|talk| talk.held_on).max()
    }

    /// Days in the pool without a liaison, up to and including `until`.
    #[must_use]
    pub fn gaps(&self, until: Date) -> Vec<Gap> {
        let open = match self.coverage {
            Coverage::Uncovered { first_day, .. } => Some(Gap { from: first_day, to: until }),
            Coverage::Outside | Coverage::Covered { .. } => None,
        };
        self.gaps
            .iter()
            .copied()
            .chain(open)
            .map(|gap| Gap { to: gap.to.min(until), ..gap })
            .filter(|gap| gap.from <= gap.to)
            .collect()
    }

    fn enter(&mut self, on: Date, at: &Happened) {
        // Entering twice changes nothing: the first entry is the one that counts.
        if self.is_in_pool() {
            return;
        }
        self.coverage =
            Coverage::Uncovered { anchor: on, first_day: on, opened_by: at.event_id, handing_over: None };
    }

    fn leave(&mut self, on: Date) {
        self.close_gap_before(on);
        self.coverage = Coverage::Outside;
    }

    fn assign(&mut self, liaison: PersonId, since: Date, at: &Happened) {
        let chain = match self.coverage {
            Coverage::Uncovered { anchor, handing_over: Some(going_on), .. } if anchor == since => {
                // A ladder that was being climbed is climbed on.
                self.duty = going_on.duty;
                going_on.chain
            }
            Coverage::Uncovered { .. } | Coverage::Covered { .. } => Chain { since, opened_by: at.event_id },
            // Records kept of a time outside the pool make nobody's duty.
            Coverage::Outside => return,
        };
        self.close_gap_before(since);
        self.coverage = Coverage::Covered { liaison, chain };
    }

    fn end(&mut self, on: Date, reason: LiaisonEnd, at: &Happened) {
        let Coverage::Covered { chain, .. } = self.coverage else { return };
        let handing_over = match reason {
            LiaisonEnd::HandOver => Some(HandOver { chain, duty: self.duty }),
            LiaisonEnd::OfficeEnded | LiaisonEnd::Unavailable | LiaisonEnd::LeftPool => None,
        };
        // The last day is still a day with a liaison.
        let first_day = days_after(on, 1);
        self.coverage = Coverage::Uncovered { anchor: on, first_day, opened_by: at.event_id, handing_over };
    }

    fn close_gap_before(&mut self, day: Date) {
        let Coverage::Uncovered { first_day, .. } = self.coverage else { return };
        let gap = Gap { from: first_day, to: days_before(day, 1) };
        if gap.from <= gap.to {
            self.gaps.push(gap);
        }
    }

    /// Sees what is due now. As long as it is the same duty with the same anchor, it stays known since then;
    /// a duty that a correction moves or brings back is known from the day of the correction.
    fn settle(&mut self, at: &Happened) {
        let due = self.due();
        let same = self.duty.filter(|duty| Some((duty.kind, duty.anchor, duty.opened_by)) == due);
        self.duty = due.map(|(kind, anchor, opened_by)| {
            same.unwrap_or(Standing { kind, anchor, opened_by, known_on: at.recorded_on })
        });
    }

    fn due(&self) -> Option<(DutyKind, Date, Uuid)> {
        match self.coverage {
            Coverage::Outside => None,
            Coverage::Uncovered { anchor, opened_by, .. } => Some((DutyKind::LiaisonGap, anchor, opened_by)),
            Coverage::Covered { chain, .. } => Some(match self.latest_talk_since(chain.since) {
                Some(talk) => (DutyKind::NextTalk, talk.held_on, talk.recorded_by),
                None => (DutyKind::FirstTalk, chain.since, chain.opened_by),
            }),
        }
    }

    /// Of several talks on one day the one recorded first, so that a second entry opens nothing new.
    fn latest_talk_since(&self, since: Date) -> Option<&Talk> {
        self.talks.values().rev().filter(|talk| talk.held_on >= since).max_by_key(|talk| talk.held_on)
    }
}

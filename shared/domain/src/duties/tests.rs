//! Duties by example and by property.

mod ladders;
mod properties;
mod timelines;

use jiff::civil::Date;
use uuid::Uuid;

use super::*;
use crate::candidate::CandidateEvent;
use crate::candidate::events::{LeaveReason, LiaisonEnd, TalkContent, TalkCorrection};
use crate::organisation::HeldOffice;
use crate::values::{OfficeKind, OrganisationId, OrganisationKind, PersonId, Sensitive, TalkForm};

fn person(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(number))
}

#[track_caller]
fn day(text: &str) -> Date {
    match text.parse() {
        Ok(date) => date,
        Err(error) => panic!("{text}: {error}"),
    }
}

fn entered(on: Date) -> CandidateEvent {
    CandidateEvent::PoolEntered { on }
}

fn left(on: Date) -> CandidateEvent {
    CandidateEvent::PoolLeft { on, reason: LeaveReason::BecameMember }
}

fn assigned(liaison: u128, since: Date) -> CandidateEvent {
    let office = HeldOffice {
        organisation: OrganisationId::of_number("test", "1"),
        organisation_kind: OrganisationKind::Branch,
        is_university: false,
        office: OfficeKind::BranchSecretary,
    };
    CandidateEvent::LiaisonAssigned { liaison: person(liaison), office, since }
}

fn ended(liaison: u128, on: Date, reason: LiaisonEnd) -> CandidateEvent {
    CandidateEvent::LiaisonEnded { liaison: person(liaison), on, reason }
}

fn talked(talk: u32, held_on: Date) -> CandidateEvent {
    CandidateEvent::TalkRecorded {
        talk,
        talker: person(1),
        held_on,
        form: TalkForm::Single,
        content: TalkContent {
            place: None,
            topics: Vec::new().into(),
            gist: Sensitive::Erased,
            wishes: None,
            follow_up: None,
        },
        fingerprint: None,
    }
}

fn corrected(talk: u32, held_on: Date) -> CandidateEvent {
    let correction = TalkCorrection { held_on: Some(held_on), ..TalkCorrection::default() };
    CandidateEvent::TalkCorrected { talk, correction, reason: Sensitive::Erased }
}

/// Events as they were recorded, the n-th with id n.
#[derive(Default)]
struct Story {
    timeline: Timeline,
    events: u128,
}

impl Story {
    fn then(mut self, recorded_on: &str, event: &CandidateEvent) -> Self {
        self.events += 1;
        let at = Happened { event_id: Uuid::from_u128(self.events), recorded_on: day(recorded_on) };
        self.timeline.apply(event, &at);
        self
    }

    fn open(&self) -> Option<OpenDuty> {
        self.timeline.open_duties(person(99)).first().copied()
    }

    /// Kind, anchor, number of the opening event and day known.
    fn summary(&self) -> Option<(DutyKind, Date, u128, Date)> {
        self.open().map(|duty| (duty.kind, duty.anchor, duty.opened_by.as_u128(), duty.known_on))
    }
}

//! The pool: membership over time, assignments, talks (never their content) and training results.

mod ask;
mod rows;

use peiyu_domain::AnyEvent;
use peiyu_domain::candidate::CandidateEvent;
use peiyu_domain::values::PersonId;

pub use ask::{assignments_of, by_ids, of_liaison, talks_of, trainings_of};
pub use rows::{Assignment, Candidate, PoolPeriod, Talk, TrainingResult};

use crate::applied::Applied;
use crate::error::Fault;
use crate::view::{Definition, page};

pub(crate) static DEFINITION: Definition = Definition {
    name: "candidates",
    version: 2,
    aggregates: &["candidate"],
    tables: &[
        &rows::CANDIDATES,
        &rows::POOL_PERIODS,
        &rows::ASSIGNMENTS,
        &rows::TALKS,
        &rows::TRAINING_RESULTS,
    ],
};

page!(
    candidates: Candidate,
    periods: PoolPeriod,
    assignments: Assignment,
    talks: Talk,
    trainings: TrainingResult,
);

fn fold(page: &mut Page, event: &AnyEvent, applied: &Applied) -> Result<(), Fault> {
    let AnyEvent::Candidate(event) = event else { return Ok(()) };
    let id = PersonId(applied.aggregate_id);
    if let CandidateEvent::TalkCorrected { talk, .. } = event
        && page.talks.get(&(id, *talk)).is_none()
    {
        return Err(Fault::new("out_of_order"));
    }
    if page.candidates.get(&id).is_none() {
        page.candidates.put(Candidate::new(id));
    }
    change(page, id, event, applied);
    let last_talk =
        page.talks.since(&(id, 0)).take_while(|talk| talk.candidate == id).map(|talk| talk.held_on).max();
    if let Some(candidate) = page.candidates.edit(&id) {
        candidate.version = applied.sequence;
        candidate.last_talk = last_talk;
    }
    Ok(())
}

fn change(page: &mut Page, id: PersonId, event: &CandidateEvent, applied: &Applied) {
    let Some(candidate) = page.candidates.edit(&id) else { return };
    match event {
        CandidateEvent::PoolEntered { on } => {
            (candidate.in_pool, candidate.since) = (true, Some(*on));
            candidate.periods += 1;
            page.periods.put(PoolPeriod { candidate: id, number: candidate.periods, from: *on, to: None });
        }
        CandidateEvent::PoolLeft { on, .. } => {
            (candidate.in_pool, candidate.since) = (false, None);
            if let Some(period) = page.periods.edit(&(id, candidate.periods)) {
                period.to = Some(*on);
            }
        }
        CandidateEvent::LiaisonAssigned { liaison, office, since } => {
            candidate.liaison = Some(*liaison);
            candidate.liaison_organisation = Some(office.organisation);
            candidate.liaison_office = Some(office.office);
            candidate.assigned_on = Some(*since);
            candidate.assignments += 1;
            page.assignments.put(Assignment::begun(
                id,
                candidate.assignments,
                *liaison,
                office,
                *since,
                applied,
            ));
        }
        CandidateEvent::LiaisonEnded { on, reason, .. } => {
            candidate.without_liaison();
            if let Some(assignment) = page.assignments.edit(&(id, candidate.assignments)) {
                assignment.end(*on, *reason, applied);
            }
        }
        CandidateEvent::TalkRecorded { talk, talker, held_on, form, .. } => {
            candidate.talks += 1;
            page.talks.put(Talk::recorded(id, *talk, *talker, *held_on, *form, applied));
        }
        CandidateEvent::TalkCorrected { talk, correction, .. } => {
            if let Some(talk) = page.talks.edit(&(id, *talk)) {
                talk.correct(correction, applied);
            }
        }
        CandidateEvent::TrainingCompleted { class, on, hours_tenths, outcome } => {
            candidate.trainings += 1;
            page.trainings.put(TrainingResult {
                candidate: id,
                class: *class,
                on: *on,
                hours_tenths: *hours_tenths,
                outcome: *outcome,
                event_id: applied.metadata.event_id,
            });
        }
    }
}

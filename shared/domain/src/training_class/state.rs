//! What is so now about a training class.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{ClassPlan, TrainingClassEvent, TrainingClassRefusal};
use crate::decider::Aggregate;
use crate::values::{Outcome, PersonId};

/// A result on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completion {
    /// Day.
    pub on: Date,
    /// Tenths of an hour attended.
    pub hours_tenths: u32,
    /// Result.
    pub outcome: Outcome,
}

/// Plan, participants and results.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TrainingClass {
    plan: Option<ClassPlan>,
    enrolled: BTreeSet<PersonId>,
    completed: BTreeMap<PersonId, Completion>,
}

impl TrainingClass {
    /// The plan; none before it was planned.
    #[must_use]
    pub fn plan(&self) -> Option<&ClassPlan> {
        self.plan.as_ref()
    }

    /// Who is enrolled.
    #[must_use]
    pub fn enrolled(&self) -> &BTreeSet<PersonId> {
        &self.enrolled
    }

    /// Somebody's result.
    #[must_use]
    pub fn completion(&self, participant: PersonId) -> Option<&Completion> {
        self.completed.get(&participant)
    }
}

impl Aggregate for TrainingClass {
    const TYPE: &'static str = "training_class";
    type Event = TrainingClassEvent;
    type Refusal = TrainingClassRefusal;

    fn evolve(&mut self, event: &TrainingClassEvent) {
        match event {
            TrainingClassEvent::TrainingPlanned { plan } => self.plan = Some(plan.clone()),
            TrainingClassEvent::ParticipantEnrolled { participant } => {
                self.enrolled.insert(*participant);
            }
            TrainingClassEvent::ParticipantCompleted { participant, on, hours_tenths, outcome } => {
                let completion = Completion { on: *on, hours_tenths: *hours_tenths, outcome: *outcome };
                self.completed.insert(*participant, completion);
            }
        }
    }
}

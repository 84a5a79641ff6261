//! 培训结果: the result of a class enters the candidate's record (Opinions 三(五)).

use jiff::civil::Date;

use crate::candidate::{Candidate, CandidateEvent, CandidateRefusal};
use crate::context::Context;
use crate::decider::Decide;
use crate::values::{ClassId, Outcome};

/// Record a result; appended together with the class's own event.
#[derive(Debug, Clone, Copy)]
pub struct RecordTraining {
    /// The class.
    pub class: ClassId,
    /// Day.
    pub on: Date,
    /// Tenths of an hour attended.
    pub hours_tenths: u32,
    /// Result.
    pub outcome: Outcome,
}

impl Decide<RecordTraining> for Candidate {
    type Facts = ();

    fn decide(
        &self,
        command: RecordTraining,
        (): &(),
        _: &Context<'_>,
    ) -> Result<Vec<CandidateEvent>, CandidateRefusal> {
        if self.has_training(command.class) {
            return Ok(Vec::new());
        }
        Ok(vec![CandidateEvent::TrainingCompleted {
            class: command.class,
            on: command.on,
            hours_tenths: command.hours_tenths,
            outcome: command.outcome,
        }])
    }
}

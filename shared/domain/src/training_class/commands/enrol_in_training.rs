//! 报名: somebody of the pool is enrolled in a class (Opinions 三(五)).

use crate::context::Context;
use crate::decider::{Decide, require};
use crate::training_class::{TrainingClass, TrainingClassEvent, TrainingClassRefusal};
use crate::values::PersonId;

/// Enrol one participant.
#[derive(Debug, Clone, Copy)]
pub struct EnrolInTraining {
    /// Who.
    pub participant: PersonId,
}

/// What is known of the participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParticipantFacts {
    /// Whether they are in the pool.
    pub in_pool: bool,
}

impl Decide<EnrolInTraining> for TrainingClass {
    type Facts = ParticipantFacts;

    fn decide(
        &self,
        command: EnrolInTraining,
        facts: &ParticipantFacts,
        context: &Context<'_>,
    ) -> Result<Vec<TrainingClassEvent>, TrainingClassRefusal> {
        let plan = self.plan().ok_or(TrainingClassRefusal::Unknown)?;
        if self.enrolled().contains(&command.participant) {
            return Ok(Vec::new());
        }
        require(facts.in_pool, TrainingClassRefusal::ParticipantNotInPool)?;
        require(context.today <= plan.to, TrainingClassRefusal::Over { to: plan.to })?;
        if let Some(places) = plan.places {
            let free = self.enrolled().len() < places as usize;
            require(free, TrainingClassRefusal::Full { places })?;
        }
        Ok(vec![TrainingClassEvent::ParticipantEnrolled { participant: command.participant }])
    }
}

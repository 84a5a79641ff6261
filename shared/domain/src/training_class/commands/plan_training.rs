//! 举办培训班: the party school plans a class for the key group (Opinions 三(五)).

use crate::context::Context;
use crate::decider::{Decide, require};
use crate::training_class::{ClassPlan, TrainingClass, TrainingClassEvent, TrainingClassRefusal};

/// Plan a class.
#[derive(Debug, Clone)]
pub struct PlanTraining {
    /// The plan.
    pub plan: ClassPlan,
}

impl Decide<PlanTraining> for TrainingClass {
    type Facts = ();

    fn decide(
        &self,
        command: PlanTraining,
        (): &(),
        _: &Context<'_>,
    ) -> Result<Vec<TrainingClassEvent>, TrainingClassRefusal> {
        let plan = command.plan;
        if let Some(known) = self.plan() {
            require(*known == plan, TrainingClassRefusal::PlannedOtherwise)?;
            return Ok(Vec::new());
        }
        let in_order = plan.from <= plan.to;
        require(in_order, TrainingClassRefusal::DaysReversed { from: plan.from, to: plan.to })?;
        require(plan.hours_tenths > 0, TrainingClassRefusal::HoursMissing)?;
        Ok(vec![TrainingClassEvent::TrainingPlanned { plan }])
    }
}

//! Commands about training classes; a result is appended to class and candidate together.

use peiyu_domain::access::Right;
use peiyu_domain::candidate::Candidate;
use peiyu_domain::candidate::commands::RecordTraining;
use peiyu_domain::training_class::commands::{
    CompleteTraining, EnrolInTraining, ParticipantFacts, PlanTraining,
};
use peiyu_domain::training_class::{ClassPlan, TrainingClass};
use peiyu_domain::values::{ClassId, PersonId};

use crate::draft::Draft;
use crate::handle::{Attempt, refused};
use crate::{Answer, Application, CommandError, Request};

impl Application {
    /// A class is planned.
    ///
    /// # Errors
    /// A refusal by rule; see [`CommandError`].
    pub async fn plan_training(
        &self,
        request: &Request,
        class: ClassId,
        plan: ClassPlan,
    ) -> Result<Answer, CommandError> {
        let plan = &plan;
        self.handle(request, Right::TrainingManage, |frame| {
            Box::pin(async move {
                let directory = self.directory().await?;
                let organiser = directory
                    .organisation(plan.organisation)
                    .ok_or(CommandError::NotFound { kind: "organisation" })?;
                let loaded = self.load_for::<TrainingClass>(&frame, class.0).await?;
                if !directory.is_within(&frame.actor, Right::TrainingManage, plan.organisation) {
                    return Err(CommandError::NotFound { kind: "organisation" });
                }
                let command = PlanTraining { plan: plan.clone() };
                self.decide_alone(&loaded, command, (), vec![organiser.read()], &frame).await
            })
        })
        .await
    }

    /// Somebody of the pool is enrolled.
    ///
    /// # Errors
    /// A refusal by rule; [`CommandError::NotFound`] for somebody outside the actor's part of the tree.
    pub async fn enrol_in_training(
        &self,
        request: &Request,
        class: ClassId,
        participant: PersonId,
    ) -> Result<Answer, CommandError> {
        self.handle(request, Right::TrainingManage, |frame| {
            Box::pin(async move {
                let candidate = self.candidate_seen_by(&frame, Right::TrainingManage, participant).await?;
                let loaded = self.load_for::<TrainingClass>(&frame, class.0).await?;
                let facts = ParticipantFacts { in_pool: candidate.state.in_pool_since().is_some() };
                let command = EnrolInTraining { participant };
                self.decide_alone(&loaded, command, facts, vec![candidate.read()], &frame).await
            })
        })
        .await
    }

    /// One participant's result.
    ///
    /// # Errors
    /// A refusal by rule; [`CommandError::NotFound`] for somebody outside the actor's part of the tree.
    pub async fn complete_training(
        &self,
        request: &Request,
        class: ClassId,
        command: CompleteTraining,
    ) -> Result<Answer, CommandError> {
        self.handle(request, Right::TrainingManage, |frame| {
            Box::pin(async move {
                let candidate =
                    self.candidate_seen_by(&frame, Right::TrainingManage, command.participant).await?;
                let loaded = self.load_for::<TrainingClass>(&frame, class.0).await?;
                let directory = self.directory().await?;
                if let Some(plan) = loaded.state.plan()
                    && !directory.is_within(&frame.actor, Right::TrainingManage, plan.organisation)
                {
                    return Err(CommandError::NotFound { kind: "training_class" });
                }
                let results = match loaded.hosted().decide(command, (), &frame).await {
                    Ok(events) => events,
                    Err(refusal) => return Ok(refused(&refusal)),
                };
                let record = RecordTraining {
                    class,
                    on: command.on,
                    hours_tenths: command.hours_tenths,
                    outcome: command.outcome,
                };
                let recorded = match candidate.hosted().decide(record, (), &frame).await {
                    Ok(events) => events,
                    Err(refusal) => return Ok(refused(&refusal)),
                };
                let mut draft = Draft::answering(class.0, frame.origin);
                draft.write::<TrainingClass>(&loaded, &results, class.0, &frame)?;
                draft.write::<Candidate>(&candidate, &recorded, candidate.id, &frame)?;
                Ok(Attempt::Decided(draft))
            })
        })
        .await
    }
}

//! 结业: one participant completed a class, with hours and result (Opinions 三(五)).

use jiff::civil::Date;

use crate::context::Context;
use crate::decider::{Decide, require};
use crate::training_class::{TrainingClass, TrainingClassEvent, TrainingClassRefusal};
use crate::values::{Outcome, PersonId};

/// Record one participant's result.
#[derive(Debug, Clone, Copy)]
pub struct CompleteTraining {
    /// Who.
    pub participant: PersonId,
    /// Day.
    pub on: Date,
    /// Tenths of an hour attended.
    pub hours_tenths: u32,
    /// Result.
    pub outcome: Outcome,
}

impl Decide<CompleteTraining> for TrainingClass {
    type Facts = ();

    fn decide(
        &self,
        command: CompleteTraining,
        (): &(),
        context: &Context<'_>,
    ) -> Result<Vec<TrainingClassEvent>, TrainingClassRefusal> {
        let plan = self.plan().ok_or(TrainingClassRefusal::Unknown)?;
        let CompleteTraining { participant, on, hours_tenths, outcome } = command;
        require(self.enrolled().contains(&participant), TrainingClassRefusal::NotEnrolled)?;
        if let Some(known) = self.completion(participant) {
            let same = known.on == on && known.hours_tenths == hours_tenths && known.outcome == outcome;
            require(same, TrainingClassRefusal::CompletedOtherwise)?;
            return Ok(Vec::new());
        }
        let day_fits = plan.from <= on && on <= context.today;
        require(day_fits, TrainingClassRefusal::DayUnfit { on })?;
        require(
            hours_tenths <= plan.hours_tenths,
            TrainingClassRefusal::MoreHoursThanPlanned { planned_tenths: plan.hours_tenths },
        )?;
        Ok(vec![TrainingClassEvent::ParticipantCompleted { participant, on, hours_tenths, outcome }])
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::testing::{date, given, person, text};
    use crate::training_class::ClassPlan;
    use crate::training_class::commands::{EnrolInTraining, ParticipantFacts, PlanTraining};
    use crate::values::{OrganisationId, TrainingForm};

    fn plan(places: Option<u32>) -> ClassPlan {
        ClassPlan {
            title: text("高知群体专题培训班"),
            organisation: OrganisationId(Uuid::from_u128(1)),
            form: TrainingForm::ConcentratedTraining,
            from: date("2026-11-02"),
            to: date("2026-11-30"),
            hours_tenths: 240,
            places,
        }
    }

    fn planned(places: Option<u32>) -> TrainingClassEvent {
        TrainingClassEvent::TrainingPlanned { plan: plan(places) }
    }

    fn enrolled(number: u128) -> TrainingClassEvent {
        TrainingClassEvent::ParticipantEnrolled { participant: person(number) }
    }

    fn complete(on: &str, hours_tenths: u32) -> CompleteTraining {
        CompleteTraining { participant: person(1), on: date(on), hours_tenths, outcome: Outcome::Passed }
    }

    #[test]
    fn a_class_does_not_end_before_it_begins() {
        let reversed = ClassPlan { to: date("2026-11-01"), ..plan(None) };
        given::<TrainingClass>([]).when(PlanTraining { plan: reversed }, ()).refused(
            &TrainingClassRefusal::DaysReversed { from: date("2026-11-02"), to: date("2026-11-01") },
        );
    }

    #[test]
    fn the_last_place_is_taken_once() {
        given::<TrainingClass>([planned(Some(1)), enrolled(1)])
            .when(EnrolInTraining { participant: person(2) }, ParticipantFacts { in_pool: true })
            .refused(&TrainingClassRefusal::Full { places: 1 });
    }

    #[test]
    fn who_is_not_in_the_pool_is_not_enrolled() {
        given::<TrainingClass>([planned(None)])
            .when(EnrolInTraining { participant: person(2) }, ParticipantFacts { in_pool: false })
            .refused(&TrainingClassRefusal::ParticipantNotInPool);
    }

    #[test]
    fn a_result_needs_enrolment() {
        given::<TrainingClass>([planned(None)])
            .when(complete("2026-11-20", 240), ())
            .refused(&TrainingClassRefusal::NotEnrolled);
    }

    #[test]
    fn a_result_is_recorded_once() {
        let first = given::<TrainingClass>([planned(None), enrolled(1)])
            .when(complete("2026-11-20", 240), ())
            .events();
        given::<TrainingClass>([planned(None), enrolled(1), first[0].clone()])
            .when(complete("2026-11-20", 240), ())
            .nothing();
        given::<TrainingClass>([planned(None), enrolled(1), first[0].clone()])
            .when(complete("2026-11-20", 200), ())
            .refused(&TrainingClassRefusal::CompletedOtherwise);
    }

    #[test]
    fn nobody_attends_more_hours_than_there_are() {
        given::<TrainingClass>([planned(None), enrolled(1)])
            .when(complete("2026-11-20", 241), ())
            .refused(&TrainingClassRefusal::MoreHoursThanPlanned { planned_tenths: 240 });
    }

    #[test]
    fn a_class_is_not_completed_tomorrow() {
        given::<TrainingClass>([planned(None), enrolled(1)])
            .when(complete("2026-11-30", 240), ())
            .refused(&TrainingClassRefusal::DayUnfit { on: date("2026-11-30") });
    }
}

//! 高知群体 (Opinions 前言, 三(二)): eligibility is computed anew after every change of the record.

use crate::context::Context;
use crate::decider::Aggregate;
use crate::eligibility::assess;
use crate::person::{Person, PersonEvent};

/// Adds the assessment that follows from the state after `events`, when the answer is another than before.
pub(super) fn with_assessment(
    person: &Person,
    mut events: Vec<PersonEvent>,
    context: &Context<'_>,
) -> Vec<PersonEvent> {
    let mut after = person.clone();
    for event in &events {
        after.evolve(event);
    }
    let assessment = assess(after.record(), after.decided_key_group(), context.policy);
    if after.assessment() != Some(&assessment) {
        events.push(PersonEvent::EligibilityAssessed {
            key_group: assessment.key_group,
            basis: assessment.basis,
            categories: assessment.categories,
        });
    }
    events
}

//! 纳入信息库: a non-member of the key group enters the pool (Opinions 三(三)).

use jiff::civil::Date;

use crate::candidate::{Candidate, CandidateEvent, CandidateRefusal};
use crate::context::Context;
use crate::decider::{Decide, require};

/// Enter, or come back.
#[derive(Debug, Clone, Copy)]
pub struct EnterPool {
    /// From which day.
    pub on: Date,
}

/// What person and member say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolFacts {
    /// Whether of the key group.
    pub key_group: bool,
    /// Whether a probationary or full member.
    pub member: bool,
}

impl Decide<EnterPool> for Candidate {
    type Facts = PoolFacts;

    fn decide(
        &self,
        command: EnterPool,
        facts: &PoolFacts,
        _: &Context<'_>,
    ) -> Result<Vec<CandidateEvent>, CandidateRefusal> {
        if self.in_pool_since().is_some() {
            return Ok(Vec::new());
        }
        require(facts.key_group && !facts.member, CandidateRefusal::NotEligible)?;
        Ok(vec![CandidateEvent::PoolEntered { on: command.on }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{date, given};

    const ELIGIBLE: PoolFacts = PoolFacts { key_group: true, member: false };

    #[test]
    fn a_member_does_not_enter_the_pool() {
        given::<Candidate>([])
            .when(EnterPool { on: date("2026-03-01") }, PoolFacts { key_group: true, member: true })
            .refused(&CandidateRefusal::NotEligible);
    }

    #[test]
    fn entering_twice_changes_nothing() {
        given::<Candidate>([CandidateEvent::PoolEntered { on: date("2026-03-01") }])
            .when(EnterPool { on: date("2026-04-01") }, ELIGIBLE)
            .nothing();
    }
}

//! 移出信息库: somebody leaves the pool; a liaison's task ends with it (Opinions 三(三)).

use jiff::civil::Date;

use crate::candidate::{Candidate, CandidateEvent, CandidateRefusal, LeaveReason, LiaisonEnd};
use crate::context::Context;
use crate::decider::Decide;

/// Leave the pool.
#[derive(Debug, Clone, Copy)]
pub struct LeavePool {
    /// On which day.
    pub on: Date,
    /// Why.
    pub reason: LeaveReason,
}

impl Decide<LeavePool> for Candidate {
    type Facts = ();

    fn decide(
        &self,
        command: LeavePool,
        (): &(),
        _: &Context<'_>,
    ) -> Result<Vec<CandidateEvent>, CandidateRefusal> {
        if self.in_pool_since().is_none() {
            return Ok(Vec::new());
        }
        let ended = self.assignment().map(|assignment| CandidateEvent::LiaisonEnded {
            liaison: assignment.liaison,
            on: command.on.max(assignment.since),
            reason: LiaisonEnd::LeftPool,
        });
        let left = CandidateEvent::PoolLeft { on: command.on, reason: command.reason };
        Ok(ended.into_iter().chain([left]).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{date, given, liaison_assigned, person};

    #[test]
    fn the_assignment_ends_with_the_pool() {
        let left = CandidateEvent::PoolLeft { on: date("2026-05-01"), reason: LeaveReason::BecameMember };
        let ended = CandidateEvent::LiaisonEnded {
            liaison: person(2),
            on: date("2026-05-01"),
            reason: LiaisonEnd::LeftPool,
        };
        given::<Candidate>([
            CandidateEvent::PoolEntered { on: date("2026-03-01") },
            liaison_assigned("2026-03-02"),
        ])
        .when(LeavePool { on: date("2026-05-01"), reason: LeaveReason::BecameMember }, ())
        .then(&[ended, left]);
    }

    #[test]
    fn who_is_not_in_the_pool_does_not_leave_it() {
        given::<Candidate>([])
            .when(LeavePool { on: date("2026-05-01"), reason: LeaveReason::Mistake }, ())
            .nothing();
    }
}

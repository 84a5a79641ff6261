//! 指定党内联系人: a leader takes on somebody of the pool (Opinions 三(四)).

use jiff::civil::Date;

use crate::candidate::{Candidate, CandidateEvent, CandidateRefusal};
use crate::context::Context;
use crate::decider::{Decide, require};
use crate::organisation::{HeldOffice, leaders};
use crate::values::{PersonId, Standing};

/// Assign a liaison to somebody who has none.
#[derive(Debug, Clone, Copy)]
pub struct AssignLiaison {
    /// Whose liaison.
    pub candidate: PersonId,
    /// Who.
    pub liaison: PersonId,
    /// From which day.
    pub since: Date,
}

/// An office with its term; on `until` it is no longer held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficeTerm {
    /// The office.
    pub office: HeldOffice,
    /// First day.
    pub from: Date,
    /// First day on which it is no longer held.
    pub until: Option<Date>,
}

/// What is known of the liaison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiaisonFacts {
    /// Standing in the Party; none for somebody who is no member.
    pub standing: Option<Standing>,
    /// Every office that they hold or held.
    pub offices: Vec<OfficeTerm>,
}

impl LiaisonFacts {
    /// The office on that day by which one accompanies people; obliged ones first.
    fn office_on(&self, day: Date) -> Option<&HeldOffice> {
        let held = |term: &&OfficeTerm| term.from <= day && term.until.is_none_or(|until| day < until);
        let accompanying = self.offices.iter().filter(held).map(|term| &term.office);
        accompanying
            .filter(|office| leaders::may_accompany(office))
            .max_by_key(|office| leaders::is_obliged(office))
    }

    /// The office in which somebody may accompany on `since`, or the rule that forbids it.
    pub(super) fn office_for(&self, since: Date) -> Result<&HeldOffice, CandidateRefusal> {
        match self.standing {
            Some(Standing::Full | Standing::Probationary) => {}
            Some(Standing::Ended) | None => return Err(CandidateRefusal::LiaisonNotMember),
        }
        self.office_on(since).ok_or(CandidateRefusal::LiaisonWithoutOffice { on: since })
    }
}

impl Decide<AssignLiaison> for Candidate {
    type Facts = LiaisonFacts;

    fn decide(
        &self,
        command: AssignLiaison,
        facts: &LiaisonFacts,
        context: &Context<'_>,
    ) -> Result<Vec<CandidateEvent>, CandidateRefusal> {
        require(self.in_pool_since().is_some(), CandidateRefusal::NotInPool)?;
        require(command.liaison != command.candidate, CandidateRefusal::OneselfAsLiaison)?;
        if let Some(present) = self.assignment() {
            let same = present.liaison == command.liaison && present.since == command.since;
            require(same, CandidateRefusal::LiaisonAlready { since: present.since })?;
            return Ok(Vec::new());
        }
        require(
            command.since <= context.today,
            CandidateRefusal::AssignmentInTheFuture { on: command.since },
        )?;
        if let Some(until) = self.accompanied_until() {
            require(command.since >= until, CandidateRefusal::AssignmentOverlaps { until })?;
        }
        let office = facts.office_for(command.since)?.clone();
        Ok(vec![CandidateEvent::LiaisonAssigned { liaison: command.liaison, office, since: command.since }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{branch_secretary, date, given, person, pool_entered};

    fn assign(since: &str) -> AssignLiaison {
        AssignLiaison { candidate: person(1), liaison: person(2), since: date(since) }
    }

    fn facts(from: &str, until: Option<&str>) -> LiaisonFacts {
        LiaisonFacts {
            standing: Some(Standing::Full),
            offices: vec![OfficeTerm {
                office: branch_secretary(),
                from: date(from),
                until: until.map(date),
            }],
        }
    }

    #[test]
    fn a_branch_secretary_takes_on_somebody() {
        given::<Candidate>([pool_entered()]).when(assign("2026-03-02"), facts("2020-01-01", None)).then(&[
            CandidateEvent::LiaisonAssigned {
                liaison: person(2),
                office: branch_secretary(),
                since: date("2026-03-02"),
            },
        ]);
    }

    #[test]
    fn outside_the_pool_nobody_gets_a_liaison() {
        given::<Candidate>([])
            .when(assign("2026-03-02"), facts("2020-01-01", None))
            .refused(&CandidateRefusal::NotInPool);
    }

    #[test]
    fn nobody_is_their_own_liaison() {
        let oneself = AssignLiaison { liaison: person(1), ..assign("2026-03-02") };
        given::<Candidate>([pool_entered()])
            .when(oneself, facts("2020-01-01", None))
            .refused(&CandidateRefusal::OneselfAsLiaison);
    }

    #[test]
    fn a_second_liaison_at_the_same_time_is_refused() {
        let other = AssignLiaison { liaison: person(3), ..assign("2026-04-01") };
        given::<Candidate>([pool_entered(), crate::testing::liaison_assigned("2026-03-02")])
            .when(other, facts("2020-01-01", None))
            .refused(&CandidateRefusal::LiaisonAlready { since: date("2026-03-02") });
    }

    #[test]
    fn the_same_assignment_again_changes_nothing() {
        given::<Candidate>([pool_entered(), crate::testing::liaison_assigned("2026-03-02")])
            .when(assign("2026-03-02"), facts("2020-01-01", None))
            .nothing();
    }

    #[test]
    fn who_is_no_member_accompanies_nobody() {
        let stranger = LiaisonFacts { standing: None, ..facts("2020-01-01", None) };
        given::<Candidate>([pool_entered()])
            .when(assign("2026-03-02"), stranger)
            .refused(&CandidateRefusal::LiaisonNotMember);
    }

    #[test]
    fn an_office_that_ends_on_the_same_day_is_no_longer_held() {
        given::<Candidate>([pool_entered()])
            .when(assign("2026-03-02"), facts("2020-01-01", Some("2026-03-02")))
            .refused(&CandidateRefusal::LiaisonWithoutOffice { on: date("2026-03-02") });
    }

    #[test]
    fn an_office_that_begins_later_is_not_held_yet() {
        given::<Candidate>([pool_entered()])
            .when(assign("2026-03-02"), facts("2026-03-03", None))
            .refused(&CandidateRefusal::LiaisonWithoutOffice { on: date("2026-03-02") });
    }

    #[test]
    fn an_assignment_does_not_begin_tomorrow() {
        given::<Candidate>([pool_entered()])
            .when(assign("2030-01-01"), facts("2020-01-01", None))
            .refused(&CandidateRefusal::AssignmentInTheFuture { on: date("2030-01-01") });
    }
}

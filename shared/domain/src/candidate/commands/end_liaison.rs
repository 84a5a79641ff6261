//! 结束联系、交接: an assignment ends, with a successor on the same day or without one (Opinions 三(四)).

use jiff::civil::Date;

use super::assign_liaison::LiaisonFacts;
use crate::candidate::{Candidate, CandidateEvent, CandidateRefusal, LiaisonEnd};
use crate::context::Context;
use crate::decider::{Decide, require};
use crate::values::PersonId;

/// End the present assignment.
#[derive(Debug, Clone, Copy)]
pub struct EndLiaison {
    /// Whose liaison.
    pub candidate: PersonId,
    /// Last day; a successor begins on it.
    pub on: Date,
    /// Why; with a successor it is a hand-over whatever is said here.
    pub reason: LiaisonEnd,
    /// Who takes over.
    pub successor: Option<PersonId>,
}

/// What is known of the successor; needed when there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Successor {
    /// Nobody takes over.
    Nobody,
    /// What is known of them.
    Known(LiaisonFacts),
}

impl Decide<EndLiaison> for Candidate {
    type Facts = Successor;

    fn decide(
        &self,
        command: EndLiaison,
        facts: &Successor,
        context: &Context<'_>,
    ) -> Result<Vec<CandidateEvent>, CandidateRefusal> {
        let present = self.assignment().ok_or(CandidateRefusal::NoLiaison)?;
        require(command.on <= context.today, CandidateRefusal::AssignmentInTheFuture { on: command.on })?;
        require(command.on >= present.since, CandidateRefusal::EndBeforeAssignment { since: present.since })?;
        let ended =
            |reason| CandidateEvent::LiaisonEnded { liaison: present.liaison, on: command.on, reason };
        match (command.successor, facts) {
            (None, _) => Ok(vec![ended(command.reason)]),
            (Some(successor), _) if successor == present.liaison => {
                Err(CandidateRefusal::LiaisonAlready { since: present.since })
            }
            (Some(successor), _) if successor == command.candidate => Err(CandidateRefusal::OneselfAsLiaison),
            (Some(_), Successor::Nobody) => Err(CandidateRefusal::LiaisonNotMember),
            (Some(successor), Successor::Known(facts)) => {
                let office = facts.office_for(command.on)?.clone();
                Ok(vec![
                    ended(LiaisonEnd::HandOver),
                    CandidateEvent::LiaisonAssigned { liaison: successor, office, since: command.on },
                ])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidate::commands::OfficeTerm;
    use crate::testing::{branch_secretary, date, given, liaison_assigned, person, pool_entered};
    use crate::values::Standing;

    fn end(on: &str, successor: Option<u128>) -> EndLiaison {
        EndLiaison {
            candidate: person(1),
            on: date(on),
            reason: LiaisonEnd::Unavailable,
            successor: successor.map(person),
        }
    }

    fn successor() -> Successor {
        Successor::Known(LiaisonFacts {
            standing: Some(Standing::Full),
            offices: vec![OfficeTerm { office: branch_secretary(), from: date("2020-01-01"), until: None }],
        })
    }

    #[test]
    fn a_hand_over_leaves_no_day_between() {
        given::<Candidate>([pool_entered(), liaison_assigned("2026-03-02")])
            .when(end("2026-04-01", Some(3)), successor())
            .then(&[
                CandidateEvent::LiaisonEnded {
                    liaison: person(2),
                    on: date("2026-04-01"),
                    reason: LiaisonEnd::HandOver,
                },
                CandidateEvent::LiaisonAssigned {
                    liaison: person(3),
                    office: branch_secretary(),
                    since: date("2026-04-01"),
                },
            ]);
    }

    #[test]
    fn without_a_liaison_nothing_ends() {
        given::<Candidate>([pool_entered()])
            .when(end("2026-04-01", None), Successor::Nobody)
            .refused(&CandidateRefusal::NoLiaison);
    }

    #[test]
    fn an_assignment_does_not_end_before_it_began() {
        given::<Candidate>([pool_entered(), liaison_assigned("2026-03-02")])
            .when(end("2026-03-01", None), Successor::Nobody)
            .refused(&CandidateRefusal::EndBeforeAssignment { since: date("2026-03-02") });
    }

    #[test]
    fn the_same_person_cannot_take_over_from_themselves() {
        given::<Candidate>([pool_entered(), liaison_assigned("2026-03-02")])
            .when(end("2026-04-01", Some(2)), successor())
            .refused(&CandidateRefusal::LiaisonAlready { since: date("2026-03-02") });
    }
}

//! Small cases that an officer would recognise.

use super::*;

/// Candidate, liaison and why.
fn pairs(proposal: &Proposal) -> Vec<(u128, u128, Reason)> {
    let pair = |assignment: &Assignment| {
        (assignment.candidate.0.as_u128(), assignment.liaison.0.as_u128(), assignment.why)
    };
    proposal.assignments.iter().map(pair).collect()
}

#[test]
fn the_secretary_of_ones_own_branch_comes_first() {
    let leaders = [secretary(101, "00100202"), secretary(102, "00100201"), secretary(103, "00100101")];
    let candidates = [candidate(1, "00100201"), candidate(2, "00100101"), candidate(3, "00100202")];
    let expected = [(1, 102, Reason::OwnBranch), (2, 103, Reason::OwnBranch), (3, 101, Reason::OwnBranch)];
    assert_eq!(pairs(&propose(&candidates, &leaders)), expected);
}

#[test]
fn leaders_of_the_own_unit_share_what_is_left() {
    let leaders = [secretary(101, "00100201"), leader(102, "001002", OfficeKind::DeputySecretary, 0)];
    let candidates = [candidate(1, "00100201"), candidate(2, "00100201")];
    let expected = [(1, 101, Reason::OwnBranch), (2, 102, Reason::OwnUnit)];
    assert_eq!(pairs(&propose(&candidates, &leaders)), expected);
}

#[test]
fn on_a_tie_the_leader_of_the_same_room_is_proposed() {
    let mut here = leader(103, "001002", OfficeKind::CommitteeMember, 0);
    here.room = "解剖学教研室".into();
    let leaders = [leader(102, "001002", OfficeKind::CommitteeMember, 0), here];
    let mut one = candidate(1, "00100201");
    one.room = "解剖学教研室".into();
    assert_eq!(pairs(&propose(&[one], &leaders)), [(1, 103, Reason::OwnUnit)]);
}

#[test]
fn everybody_obliged_gets_somebody_before_anybody_gets_two() {
    let leaders = [secretary(101, "00100201"), secretary(102, "00100101")];
    let candidates = [candidate(1, "00100201"), candidate(2, "00100201")];
    let proposal = propose(&candidates, &leaders);
    assert_eq!(pairs(&proposal), [(1, 101, Reason::OwnBranch), (2, 102, Reason::Neighbouring)]);
    assert!(proposal.leaders_with_nobody.is_empty());
}

#[test]
fn nobody_gets_more_than_advised_while_a_neighbour_has_places() {
    let leaders = [secretary(101, "00100201"), secretary(102, "00100101")];
    let candidates: Vec<_> = (1..=4).map(|number| candidate(number, "00100201")).collect();
    let proposal = propose(&candidates, &leaders);
    let with_first = proposal.assignments.iter().filter(|one| one.liaison == person(101)).count();
    assert_eq!((with_first, proposal.assignments.len()), (2, 4));
}

#[test]
fn people_whom_already_accompanied_count() {
    let leaders = [
        leader(101, "001002", OfficeKind::Secretary, 8),
        leader(102, "001002", OfficeKind::CommitteeMember, 7),
    ];
    let candidates = [candidate(1, "00100201"), candidate(2, "00100201")];
    let proposal = propose(&candidates, &leaders);
    assert_eq!(pairs(&proposal), [(1, 102, Reason::OwnUnit)]);
    assert_eq!(proposal.without, [Without { candidate: person(2), why: WhyNot::NoFreePlace }]);
}

#[test]
fn officers_of_the_department_help_out_last() {
    let officer = leader(100, "001000", OfficeKind::DepartmentOfficer, 0);
    let leaders = [officer, leader(101, "001002", OfficeKind::Secretary, 7)];
    let candidates = [candidate(1, "00100201"), candidate(2, "00100201")];
    let expected = [(1, 101, Reason::OwnUnit), (2, 100, Reason::HelpingOut)];
    assert_eq!(pairs(&propose(&candidates, &leaders)), expected);
}

#[test]
fn somebody_with_two_offices_is_one_person() {
    let leaders = [leader(101, "001002", OfficeKind::CommitteeMember, 0), secretary(101, "00100201")];
    let candidates: Vec<_> = (1..=9).map(|number| candidate(number, "00100201")).collect();
    let proposal = propose(&candidates, &leaders);
    assert_eq!((proposal.assignments.len(), proposal.without.len()), (8, 1));
    assert!(proposal.assignments.iter().all(|one| one.office.organisation == id("00100201")));
}

#[test]
fn somebody_whom_nothing_places_goes_where_there_is_room() {
    let leaders = [secretary(101, "00100201"), secretary(102, "00100101")];
    let candidates = [candidate(1, ""), candidate(2, "00100201")];
    let expected = [(1, 102, Reason::Elsewhere), (2, 101, Reason::OwnBranch)];
    assert_eq!(pairs(&propose(&candidates, &leaders)), expected);
}

#[test]
fn nobody_is_proposed_to_accompany_themselves() {
    let proposal = propose(&[candidate(101, "00100201")], &[secretary(101, "00100201")]);
    assert_eq!(proposal.without, [Without { candidate: person(101), why: WhyNot::OnlyOneself }]);
    assert_eq!(proposal.leaders_with_nobody, [person(101)]);
}

#[test]
fn without_leaders_the_reason_is_said() {
    let nobody = leader(101, "00100201", OfficeKind::BranchCommitteeMember, 0);
    let proposal = propose(&[candidate(1, "00100201")], &[nobody]);
    assert_eq!(proposal.without, [Without { candidate: person(1), why: WhyNot::NoLeader }]);
}

#[test]
fn without_candidates_the_leaders_with_nobody_are_named() {
    let leaders = [secretary(102, "00100201"), leader(101, "001000", OfficeKind::DepartmentHead, 0)];
    let proposal = propose(&[], &leaders);
    assert_eq!(proposal, Proposal { leaders_with_nobody: vec![person(102)], ..Proposal::default() });
}

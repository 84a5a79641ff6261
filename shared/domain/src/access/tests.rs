//! Every office in every kind of organisation, and what is seen from there.

use uuid::Uuid;

use super::*;
use crate::Actor;
use crate::organisation::HeldOffice;
use crate::organisation::placement::Placement;
use crate::organisation::placement::tests::{id, tree};
use crate::values::{OfficeKind, OrganisationKind};

const OFFICES: [OfficeKind; 10] = [
    OfficeKind::Secretary,
    OfficeKind::DeputySecretary,
    OfficeKind::CommitteeMember,
    OfficeKind::FullTimeOrganiser,
    OfficeKind::PartTimeOrganiser,
    OfficeKind::BranchSecretary,
    OfficeKind::BranchCommitteeMember,
    OfficeKind::DepartmentHead,
    OfficeKind::DepartmentOfficer,
    OfficeKind::Other,
];

/// One row an office, one column an organisation: university, unit, branch, temporary, department.
/// p pool.read, t todo.read, k talk.record, l liaison.assign, m training.manage, i import.run, c person.correct,
/// f feed.read, r reminder.read, a account.manage, y policy.adopt.
const TABLE: [[&str; 5]; 10] = [
    // university, unit, branch, temporary, department
    ["ptfr", "ptklmr", "ptkr", "ptkr", "t"],
    ["ptfr", "ptklmr", "pt", "pt", "t"],
    ["pt", "ptk", "pt", "pt", "t"],
    ["ptklmr", "ptklmr", "ptk", "ptk", "ptklmr"],
    ["pt", "pt", "pt", "pt", "pt"],
    ["t", "t", "ptkr", "ptkr", "t"],
    ["t", "t", "pt", "pt", "t"],
    ["t", "t", "t", "t", "ptklmicfray"],
    ["t", "t", "t", "t", "ptklmicfra"],
    ["t", "t", "t", "t", "t"],
];

/// Each column with the kinds of organisation in it.
const COLUMNS: [(&[OrganisationKind], bool); 5] = [
    (&[OrganisationKind::ApprovingCommittee, OrganisationKind::Committee], true),
    (
        &[OrganisationKind::ApprovingCommittee, OrganisationKind::Committee, OrganisationKind::GeneralBranch],
        false,
    ),
    (&[OrganisationKind::Branch], false),
    (&[OrganisationKind::Temporary], false),
    (&[OrganisationKind::Department], false),
];

fn letter(right: Right) -> char {
    match right {
        Right::PoolRead => 'p',
        Right::TodoRead => 't',
        Right::TalkRecord => 'k',
        Right::LiaisonAssign => 'l',
        Right::TrainingManage => 'm',
        Right::ImportRun => 'i',
        Right::PersonCorrect => 'c',
        Right::FeedRead => 'f',
        Right::ReminderRead => 'r',
        Right::AccountManage => 'a',
        Right::PolicyAdopt => 'y',
        Right::Operate => 'o',
    }
}

fn held(number: &str, kind: OrganisationKind, is_university: bool, office: OfficeKind) -> HeldOffice {
    HeldOffice { organisation: id(number), organisation_kind: kind, is_university, office }
}

fn actor(offices: Vec<HeldOffice>, granted: Vec<Right>) -> Actor {
    Actor { principal: Uuid::nil(), person: None, offices, granted }
}

#[test]
fn every_office_has_the_rights_of_the_table() {
    for (office, row) in OFFICES.into_iter().zip(TABLE) {
        for (expected, (kinds, is_university)) in row.into_iter().zip(COLUMNS) {
            for kind in kinds {
                let held = held("001", *kind, is_university, office);
                let by_table: Vec<Right> =
                    Right::ALL.into_iter().filter(|right| expected.contains(letter(*right))).collect();
                let by_code: Vec<Right> =
                    Right::ALL.into_iter().filter(|right| rights_of(&held).contains(right)).collect();
                assert_eq!(by_code, by_table, "{office:?} of {kind:?}, university: {is_university}");
                for right in Right::ALL {
                    assert_eq!(may(&actor(vec![held.clone()], vec![]), right), by_table.contains(&right));
                }
            }
        }
    }
}

#[test]
fn whoever_may_accompany_may_record_talks() {
    for office in OFFICES {
        for (kinds, is_university) in COLUMNS {
            for kind in kinds {
                let held = held("001", *kind, is_university, office);
                if crate::organisation::leaders::may_accompany(&held) {
                    assert!(rights_of(&held).contains(&Right::TalkRecord), "{office:?} of {kind:?}");
                }
            }
        }
    }
}

#[test]
fn no_office_operates_the_system_and_a_grant_does() {
    let operator = actor(vec![], vec![Right::Operate]);
    assert!(may(&operator, Right::Operate));
    assert!(!may(&operator, Right::PoolRead));
    assert_eq!(scope_of(&operator), Scope::OwnOnly);
}

#[test]
fn words_of_rights_are_read_as_they_are_written() {
    for right in Right::ALL {
        assert_eq!(right.as_str().parse(), Ok(right));
        assert_eq!(serde_json::to_value(right).ok(), Some(right.as_str().into()));
    }
    assert_eq!("pool.write".parse::<Right>(), Err(UnknownRight("pool.write".into())));
}

#[test]
fn the_department_the_universitys_committee_and_grants_see_everybody() {
    let head = held("001000", OrganisationKind::Department, false, OfficeKind::DepartmentHead);
    let secretary = held("001", OrganisationKind::ApprovingCommittee, true, OfficeKind::Secretary);
    for actor in
        [actor(vec![head], vec![]), actor(vec![secretary], vec![]), actor(vec![], vec![Right::PoolRead])]
    {
        assert_eq!(scope_of(&actor), Scope::University);
    }
}

#[test]
fn without_an_office_that_reads_one_sees_ones_own_people_only() {
    assert_eq!(scope_of(&actor(vec![], vec![])), Scope::OwnOnly);
    let other = held("00100101", OrganisationKind::Branch, false, OfficeKind::Other);
    assert_eq!(scope_of(&actor(vec![other], vec![])), Scope::OwnOnly);
}

#[test]
fn a_right_reaches_only_as_far_as_the_office_that_gives_it() {
    let offices = vec![
        held("001002", OrganisationKind::GeneralBranch, false, OfficeKind::Secretary),
        held("00100101", OrganisationKind::Branch, false, OfficeKind::BranchCommitteeMember),
    ];
    let mut both = vec![id("001002"), id("00100101")];
    both.sort();
    let actor = actor(offices, vec![]);
    assert_eq!(scope_of(&actor), Scope::Organisations(both));
    assert_eq!(scope_for(&actor, Right::LiaisonAssign), Scope::Organisations(vec![id("001002")]));
    assert_eq!(scope_for(&actor, Right::ImportRun), Scope::OwnOnly);
}

#[test]
fn one_sees_what_lies_below_ones_organisation_and_whom_one_accompanies() {
    let tree = tree();
    let here = Placement { branch: Some(id("00100201")), general_branch: Some(id("001002")) };
    let unplaced = Placement::default();
    let sees = |numbers: &[&str], placement: &Placement| {
        super::sees(&Scope::Organisations(numbers.iter().map(|n| id(n)).collect()), placement, false, &tree)
    };
    assert!(sees(&["001002"], &here));
    assert!(sees(&["00100201"], &here));
    assert!(sees(&["001001", "00100201"], &here));
    assert!(!sees(&["001001"], &here));
    assert!(!sees(&["00100202"], &here), "a branch does not see its sisters");
    assert!(!sees(&["001002"], &unplaced));
    assert!(super::sees(&Scope::University, &unplaced, false, &tree));
    assert!(super::sees(&Scope::OwnOnly, &here, true, &tree));
    assert!(!super::sees(&Scope::OwnOnly, &here, false, &tree));
}

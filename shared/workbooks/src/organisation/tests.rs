//! The tree and its faults, and the two organisation workbooks whose outcome is known.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use super::*;
use crate::error::TreeFault;
use crate::samples::{data, pairs, truth, workbook};

const TREE: &[&str] =
    &["组织编号", "组织名称", "组织类型", "上级组织编号", "对应单位", "对应教研室", "成立时间", "审批权限"];
const OFFICES: &[&[&str]] = &[&["工号", "姓名", "组织编号", "职务", "任职时间", "免职时间"]];
const MEMBERS: &[&[&str]] = &[&["工号", "姓名", "人员类别", "入党时间", "转正时间", "所在党支部编号"]];

fn check(
    tree: &[&[&str]],
    offices: &[&[&str]],
    members: &[&[&str]],
) -> Result<OrganisationCheck, WorkbookError> {
    let tree: Vec<&[&str]> = std::iter::once(TREE).chain(tree.iter().copied()).collect();
    let offices: Vec<&[&str]> = OFFICES.iter().chain(offices).copied().collect();
    let members: Vec<&[&str]> = MEMBERS.iter().chain(members).copied().collect();
    let file = workbook(&[("党组织", &tree), ("任职", &offices), ("党员名册", &members)]);
    OrganisationFile::check(file.path(), Limits::default())
}

/// Row, column letter and fault of the tree.
fn fault(tree: &[&[&str]]) -> (u32, String, TreeFault) {
    match check(tree, &[], &[]) {
        Err(WorkbookError::Tree { row, column, fault, .. }) => (row, column, fault),
        other => panic!("{other:?}"),
    }
}

const ROOT: &[&str] = &["001", "校党委", "党委", "", "", "", "1951-03-01", "有"];
const COLLEGE: &[&str] = &["001001", "药学院党委", "党委", "001", "药学院", "", "2005.09", "有"];
const BRANCH: &[&str] = &["00100101", "药理教师党支部", "党支部", "001001", "药学院", "药理学教研室"];

#[test]
fn both_workbooks_come_out_as_their_truth_says() {
    for (file, expected) in [
        ("organisation-messy-1500.xlsx", truth("truth-messy-1500.json")),
        ("organisation-clean-1200.xlsx", truth("truth-clean-1200.json")),
    ] {
        let check = OrganisationFile::check(&data(file), Limits::default()).unwrap();
        let count = |standing| check.members.iter().filter(|member| member.standing == standing).count();
        let not_obliged = [OfficeKind::DepartmentHead, OfficeKind::DepartmentOfficer, OfficeKind::Other];
        let obliged = check.offices.iter().filter(|office| !not_obliged.contains(&office.office)).count();
        assert_eq!(check.organisations.len(), expected["organisations"]);
        assert_eq!(check.offices.len(), expected["offices"]);
        assert_eq!(obliged, expected["leaders_obliged"]);
        assert_eq!(count(Standing::Full), expected["full_members"]);
        assert_eq!(count(Standing::Probationary), expected["probationary_members"]);
        assert_eq!(check.offices_report.rejected + check.members_report.rejected, 0);
    }
}

#[test]
fn rejected_offices_and_members_stand_in_one_file_that_can_be_imported_again() {
    let offices: &[&[&str]] = &[
        &["0000001", "甲", "001001", "党委书记", "2021-09-01", ""],
        &["0000002", "乙", "999", "组织委员", "2021-09-01", ""],
    ];
    let members: &[&[&str]] = &[
        &["0000003", "丙", "外星人", "", "", "00100101"],
        &["0000004", "丁", "正式党员", "2001-07-01", "2002-07-01", "00100101"],
    ];
    let mut first = check(&[ROOT, COLLEGE, BRANCH], offices, members).unwrap();
    assert_eq!((first.offices_report.rejected, first.members_report.rejected), (1, 1));
    let out = tempfile::Builder::new().suffix(".xlsx").tempfile().unwrap();
    first.write_rejected(out.path()).unwrap();
    let again = OrganisationFile::check(out.path(), Limits::default()).unwrap();
    assert_eq!(again.organisations.len(), 3, "the tree, on which they hang, stands in it too");
    assert_eq!((again.offices_report.rows, again.offices_report.rejected), (1, 1));
    assert_eq!((again.members_report.rows, again.members_report.rejected), (1, 1));
    let mended = crate::samples::rewrite(out.path(), |title, text| match title {
        "组织编号" if text == "999" => "001001".to_owned(),
        "人员类别" => "预备党员".to_owned(),
        _ => text.to_owned(),
    });
    let mended = OrganisationFile::check(mended.path(), Limits::default()).unwrap();
    assert_eq!((mended.offices.len(), mended.members.len()), (1, 1));
}

#[test]
fn every_organisation_comes_after_the_one_above_it() {
    let check = check(&[BRANCH, COLLEGE, ROOT], &[], &[]).unwrap();
    let numbers: Vec<&str> =
        check.organisations.iter().map(|organisation| organisation.number.as_str()).collect();
    assert_eq!(numbers, ["001", "001001", "00100101"]);
    assert_eq!(check.organisations[0].kind, OrganisationKind::ApprovingCommittee);
    assert_eq!(check.organisations[1].founded_on, None, "a month is no day");
    assert!(check.units().has_room("药学院", "药理学教研室"));
}

#[test]
fn a_circle_is_named_with_its_rows() {
    let above: &[&str] = &["001001", "药学院党委", "党委", "00100101"];
    let under: &[&str] = &["00100109", "旁支", "党支部", "00100101"];
    let (row, column, fault) = fault(&[ROOT, above, under, BRANCH]);
    assert_eq!((row, column.as_str(), fault), (3, "D", TreeFault::Cycle { rows: vec![3, 5] }));
}

#[test]
fn an_organisation_above_itself_is_a_circle() {
    let (row, _, fault) = fault(&[ROOT, &["002", "自环", "党支部", "002"]]);
    assert_eq!((row, fault), (3, TreeFault::Cycle { rows: vec![3] }));
}

#[test]
fn a_tree_of_nothing_but_a_circle_is_refused() {
    let (_, _, fault) = fault(&[&["1", "甲", "党委", "2"], &["2", "乙", "党委", "1"]]);
    assert_eq!(fault, TreeFault::Cycle { rows: vec![2, 3] });
}

#[test]
fn two_roots_are_refused_and_both_rows_named() {
    let (row, column, fault) = fault(&[ROOT, COLLEGE, &["002", "另一党委", "党委", ""]]);
    assert_eq!((row, column.as_str(), fault), (4, "D", TreeFault::TwoRoots { first_row: 2 }));
}

#[test]
fn an_unknown_parent_is_refused() {
    let (row, column, fault) = fault(&[ROOT, &["002", "药学院党委", "党委", "009"]]);
    assert_eq!(
        (row, column.as_str(), fault),
        (3, "D", TreeFault::UnknownParent { number: "009".to_owned() })
    );
}

#[test]
fn a_repeated_number_is_refused() {
    let (row, column, fault) = fault(&[ROOT, COLLEGE, COLLEGE]);
    let expected = TreeFault::RepeatedNumber { number: "001001".to_owned(), first_row: 3 };
    assert_eq!((row, column.as_str(), fault), (4, "A", expected));
}

#[test]
fn an_unknown_kind_is_refused() {
    let (row, column, fault) = fault(&[ROOT, &["002", "校工会", "工会", "001"]]);
    assert_eq!((row, column.as_str(), fault), (3, "C", TreeFault::UnknownKind { kind: "工会".to_owned() }));
}

#[test]
fn an_empty_name_or_a_wrong_date_of_the_tree_is_refused() {
    assert_eq!(fault(&[ROOT, &["002", "", "党委", "001"]]).2, TreeFault::Empty { title: "组织名称" });
    let (row, column, fault) = fault(&[ROOT, &["002", "药学院党委", "党委", "001", "", "", "1985-13-40"]]);
    assert_eq!((row, column.as_str(), fault), (3, "G", TreeFault::DateUnreadable));
}

#[test]
fn a_sheet_without_a_row_has_no_root() {
    assert_eq!(fault(&[]).2, TreeFault::NoRoot);
}

#[test]
fn a_missing_sheet_is_named() {
    let tree: Vec<&[&str]> = vec![TREE, ROOT];
    let file = workbook(&[("党组织", &tree)]);
    let error = OrganisationFile::check(file.path(), Limits::default()).unwrap_err();
    assert_eq!(error.chinese(), "没有工作表“任职”；现有：党组织。");
}

#[test]
fn a_faulty_office_rejects_its_row_only() {
    let offices: &[&[&str]] = &[
        &["1", "甲", "001001", "党委书记", "2020-06-01", "2024-01-01"],
        &["2", "乙", "009", "组织委员", "2020-06-01"],
        &["3", "丙", "001001", "组织委员", "2020.06"],
        &["4", "丁", "001001", "组织委员", "2020-06-01", "2019-01-01"],
        &["", "戊", "001001", "", "2020-06-01"],
    ];
    let check = check(&[ROOT, COLLEGE, BRANCH], offices, &[]).unwrap();
    let expected = [
        (3, Reason::OrganisationUnknown),
        (4, Reason::DateUnreadable),
        (5, Reason::TermReversed),
        (6, Reason::StaffNumberMissing),
        (6, Reason::TitleMissing),
    ];
    assert_eq!(pairs(&check.offices_report), expected);
    assert_eq!(check.offices.len(), 1);
    assert_eq!(check.offices[0].office, OfficeKind::Secretary);
}

#[test]
fn a_faulty_member_rejects_its_row_only() {
    let members: &[&[&str]] = &[
        &["1", "甲", "正式党员", "2019.12", "2020-12-15", "00100101"],
        &["2", "乙", "群众", "2019-12-15", "", "00100101"],
        &["3", "丙", "预备党员", "2026-01-15", "", "009"],
        &["1", "甲", "正式党员", "2019.12", "2020-12-15", "00100101"],
    ];
    let check = check(&[ROOT, COLLEGE, BRANCH], &[], members).unwrap();
    let expected = [(3, Reason::StandingUnknown), (4, Reason::OrganisationUnknown), (5, Reason::RowRepeated)];
    assert_eq!(pairs(&check.members_report), expected);
    assert_eq!(check.members[0].joined_on.map(|date| date.to_string()).as_deref(), Some("2019-12"));
}

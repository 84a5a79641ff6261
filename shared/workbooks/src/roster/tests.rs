//! The roster's rules, on the two rosters whose outcome is known and on small ones made here.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use super::*;
use crate::organisation::OrganisationFile;
use crate::samples::{data, pairs, truth, workbook};

fn units(organisation: &str) -> KnownUnits {
    OrganisationFile::check(&data(organisation), Limits::default()).unwrap().units()
}

fn messy() -> RosterCheck {
    let units = units("organisation-messy-1500.xlsx");
    RosterFile::check(&data("roster-messy-1500.xlsx"), &units, &Mapping::default(), Limits::default())
        .unwrap()
}

/// Checks a small roster under 药学院 / 药理学教研室.
fn check(rows: &[&[&str]]) -> Result<RosterCheck, WorkbookError> {
    check_with(rows, &Mapping::default())
}

fn check_with(rows: &[&[&str]], mapping: &Mapping) -> Result<RosterCheck, WorkbookError> {
    let mut units = KnownUnits::default();
    units.add("药学院", Some("药理学教研室"));
    RosterFile::check(workbook(&[("名册", rows)]).path(), &units, mapping, Limits::default())
}

#[test]
fn the_messy_roster_comes_out_as_its_truth_says() {
    let report = messy().report;
    let truth = truth("truth-messy-1500.json");
    for key in ["rows", "accepted", "rejected", "rejected_by_reason", "rejected_rows"] {
        assert_eq!(serde_json::to_value(&report).unwrap()[key], truth[key], "{key}");
    }
}

#[test]
fn the_clean_roster_comes_out_whole() {
    let units = units("organisation-clean-1200.xlsx");
    let path = data("roster-clean-1200.xlsx");
    let check = RosterFile::check(&path, &units, &Mapping::default(), Limits::default()).unwrap();
    assert_eq!((check.report.rows, check.report.accepted, check.report.faults.len()), (1200, 1200, 0));
}

#[test]
fn the_good_rows_come_in_chunks_and_are_normalised() {
    let mut check = messy();
    let chunks: Vec<Vec<RosterRow>> = check.chunks(200).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(chunks.iter().map(Vec::len).collect::<Vec<_>>(), [200, 200, 200, 200, 200, 200, 200, 12]);
    let row = chunks.iter().flatten().find(|row| row.row == 9).unwrap();
    assert_eq!(row.staff_number, "2000042", "written full-width");
    assert_eq!(row.record[&Field::Unit], "管理学院", "an ideographic space behind it");
    assert_eq!(row.record[&Field::BornOn], "1978-10", "no day is invented");
    let normalised = serde_json::to_value(&check.report.normalised).unwrap();
    for kind in ["white_space", "full_width"] {
        assert!(normalised[kind]["rows"].as_array().unwrap().contains(&9.into()), "{kind}");
    }
}

#[test]
fn each_of_a_shared_number_names_the_others() {
    let report = messy().report;
    let fault = report.faults_of(33).first().unwrap();
    assert_eq!(fault.reason, Reason::StaffNumberShared);
    assert_eq!(fault.facts, Facts::OtherRows { rows: vec![36], count: 1 });
}

#[test]
fn a_rejected_file_can_be_mended_and_imported_again() {
    let mut check = messy();
    let rejected = check.report.rejected;
    let out = tempfile::Builder::new().suffix(".xlsx").tempfile().unwrap();
    check.write_rejected(out.path()).unwrap();
    let units = units("organisation-messy-1500.xlsx");
    let again = RosterFile::check(out.path(), &units, &Mapping::default(), Limits::default()).unwrap();
    assert_eq!(again.report.rows, rejected);
    assert_eq!(again.report.unknown_columns, [], "the column of reasons is known");
    assert!(again.is_rejects && !check.is_rejects, "the file says what it is");
    let book = crate::Workbook::open(out.path(), Limits::default()).unwrap();
    assert!(book.defines("peiyu_rejected_rows"), "also when somebody deletes the column of reasons");
    // Unmended, a row is refused for what it was refused before; only a repeated row now stands alone.
    let mut expected = check.report.rejected_by_reason.clone();
    expected.remove(&Reason::RowRepeated);
    assert_eq!(again.report.rejected_by_reason, expected);
    let mended = crate::samples::rewrite(out.path(), |title, text| match title {
        "姓名" if text.is_empty() => "王芳".to_owned(),
        "所在单位" => "药学院".to_owned(),
        "教研室" => "药理学教研室".to_owned(),
        "出生年月" => "1994-05-22".to_owned(),
        "电子邮箱" => String::new(),
        _ => text.to_owned(),
    });
    let again = RosterFile::check(mended.path(), &units, &Mapping::default(), Limits::default()).unwrap();
    assert!(again.is_rejects);
    let left: Vec<Reason> = again.report.rejected_by_reason.into_keys().collect();
    assert_eq!(left, [Reason::StaffNumberShared], "numbers are left to people; text cells may be short");
}

#[test]
fn a_number_cell_gets_its_zeros_back_when_the_mapping_says_so() {
    let mapping = Mapping::from_toml("[staff_number]\npad = 7").unwrap();
    let rows: &[&[&str]] = &[
        &["工号", "姓名", "所在单位"],
        &["2000007", "甲", "药学院"],
        &["2000014", "乙", "药学院"],
        &["#30", "丙", "药学院"],
    ];
    let without = check(rows).unwrap().report;
    assert_eq!(pairs(&without), [(4, Reason::StaffNumberLength)]);
    let mut with = check_with(rows, &mapping).unwrap();
    assert_eq!(pairs(&with.report), []);
    let last = with.chunks(200).unwrap().next().unwrap().unwrap().pop().unwrap();
    assert_eq!(last.staff_number, "0000030");
}

#[test]
fn a_row_with_several_faults_counts_under_each() {
    let report = check(&[&["工号", "姓名", "所在单位", "出生年月"], &["1", "", "药物学院", "九十年代"]])
        .unwrap()
        .report;
    let expected = [(2, Reason::NameMissing), (2, Reason::UnitUnknown), (2, Reason::DateUnreadable)];
    assert_eq!(pairs(&report), expected);
    assert_eq!((report.rows, report.rejected), (1, 1));
    assert_eq!(report.faults[1].facts, Facts::Nearest(vec!["药学院".to_owned()]));
}

#[test]
fn a_later_row_that_says_the_same_is_repeated() {
    let rows: &[&[&str]] = &[
        &["工号", "姓名", "所在单位"],
        &["1", "甲", "药学院"],
        &["1", "甲 ", "药学院"],
        &["2", "乙", "药学院"],
    ];
    assert_eq!(pairs(&check(rows).unwrap().report), [(3, Reason::RowRepeated)]);
}

#[test]
fn a_room_must_lie_under_its_unit() {
    let rows: &[&[&str]] = &[&["工号", "姓名", "所在单位", "科室"], &["1", "甲", "药学院", "药理教研室"]];
    let report = check(rows).unwrap().report;
    assert_eq!(report.faults[0].facts, Facts::Nearest(vec!["药理学教研室".to_owned()]));
    assert_eq!(pairs(&report), [(2, Reason::RoomUnknown)]);
}

#[test]
fn titles_signatures_and_repeated_headers_are_no_rows() {
    let rows: &[&[&str]] = &[
        &["教职工一览表"],
        &[""],
        &["序号", "职工号", "姓名", "性别", "部门"],
        &["1", "1", "甲", "男", "药学院"],
        &["", "一、管理人员"],
        &["序号", "职工号", "姓名", "性别", "部门"],
        &["2", "2", "乙", "男", "药学院"],
        &["3"],
        &["制表人：", "", "", "审核人："],
    ];
    let report = check(rows).unwrap().report;
    assert_eq!((report.header_row, report.rows, report.rejected), (3, 2, 0));
    assert_eq!(report.skipped_rows, [5, 6, 9]);
    let mapping: Vec<&str> = report.mapping.iter().map(|column| column.field).collect();
    assert_eq!(mapping, ["staff_number", "name", "sex", "unit"], "序号 is not 工号");
}

#[test]
fn a_missing_column_is_named_with_the_nearest_header() {
    let error = check(&[&["姓名", "所在单位", "人员工号代码"], &["甲", "药学院", "1"]]).unwrap_err();
    let WorkbookError::MissingColumn { title, nearest, row, .. } = &error else { panic!("{error}") };
    assert_eq!((*title, *row), ("工号", 1));
    assert_eq!(nearest.clone(), Some(("C".to_owned(), "人员工号代码".to_owned())));
}

#[test]
fn two_columns_of_one_field_are_refused_until_the_mapping_settles_it() {
    let rows: &[&[&str]] = &[&["工号", "姓名", "单位", "部门"], &["1", "甲", "药学院", "药学院"]];
    let error = check(rows).unwrap_err();
    assert!(
        matches!(&error, WorkbookError::TwoColumns { first, second, .. } if first == "C" && second == "D")
    );
    let mapping = Mapping::from_toml("[columns]\n\"部门\" = \"ignore\"").unwrap();
    let report = check_with(rows, &mapping).unwrap().report;
    assert_eq!(report.unknown_columns.len(), 1);
}

#[test]
fn a_mapping_names_a_column_that_no_synonym_knows() {
    let rows: &[&[&str]] = &[&["代号", "姓名", "单位"], &["1", "甲", "药学院"]];
    assert!(check(rows).is_err());
    let mapping = Mapping::from_toml("[columns]\n\"代号\" = \"staff_number\"").unwrap();
    assert_eq!(check_with(rows, &mapping).unwrap().report.accepted, 1);
}

#[test]
fn a_text_beyond_its_field_is_rejected() {
    let long = "长".repeat(61);
    let rows: &[&[&str]] =
        &[&["工号", "姓名", "所在单位"], &["1", &long, "药学院"], &["2", "甲\u{202E}", "药学院"]];
    assert_eq!(pairs(&check(rows).unwrap().report), [(2, Reason::TextTooLong), (3, Reason::TextForbidden)]);
}

#[test]
fn every_field_of_the_roster_is_one_of_the_domain() {
    let unknown = |code: &&str| field_of(code).is_none();
    let codes: Vec<&str> = spec::ROSTER.iter().map(|spec| spec.code).filter(unknown).collect();
    assert_eq!(codes, [spec::SERIAL, spec::REJECTED_BECAUSE]);
}

#[test]
fn each_column_is_shown_by_its_first_values_the_unread_ones_too() {
    let long = "长".repeat(50);
    let titles: &[&str] = &["工号", "姓名", "所在单位", "教研室", "宿舍"];
    let first: &[&str] = &["0000005", "甲一", "药学院", "药理学教研室", &long];
    let second: &[&str] = &["0000006", "乙一", "药学院", "药理学教研室", ""];
    let third: &[&str] = &["0000007", "丙一", "药学院", "药理学教研室", ""];
    let mut check = check(&[titles, first, second, third]).unwrap();
    let examples = check.examples().unwrap();
    let of = |column: &str| &examples.iter().find(|one| one.column == column).unwrap().values;
    assert_eq!(of("A"), &["0000005", "0000006"], "two are enough, zeros stay");
    assert_eq!(of("C"), &["药学院"], "each once");
    assert_eq!(of("E"), &[format!("{}…", "长".repeat(40))]);
    assert!(examples.iter().all(|one| one.sheet == "名册"));
}

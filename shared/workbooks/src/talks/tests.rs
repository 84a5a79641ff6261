//! The rules of the ledger, and the two ledgers whose outcome is known.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::HashSet;

use jiff::civil::date;

use super::*;
use crate::organisation::OrganisationFile;
use crate::roster::RosterFile;
use crate::samples::{data, pairs, truth, workbook};

const TITLES: &[&str] =
    &["序号", "工号", "姓名", "谈话人工号", "谈话人", "谈话日期", "谈话形式", "谈话主题", "谈话内容"];

fn check(rows: &[&[&str]]) -> TalksCheck {
    let rows: Vec<&[&str]> = std::iter::once(TITLES).chain(rows.iter().copied()).collect();
    let file = workbook(&[("谈心谈话台账", &rows)]);
    let known = |number: &str| ["1", "2"].contains(&number);
    TalksFile::check(file.path(), &known, date(2026, 11, 24), &Mapping::default(), Limits::default()).unwrap()
}

/// Who is known once organisation workbook and roster are in: accepted rows, members, holders of offices.
fn known_after_import(set: &str) -> HashSet<String> {
    let path = data(&format!("organisation-{set}.xlsx"));
    let organisation = OrganisationFile::check(&path, Limits::default()).unwrap();
    let path = data(&format!("roster-{set}.xlsx"));
    let mut roster =
        RosterFile::check(&path, &organisation.units(), &Mapping::default(), Limits::default()).unwrap();
    let mut known: HashSet<String> =
        organisation.offices.iter().map(|office| office.staff_number.clone()).collect();
    known.extend(organisation.members.iter().map(|member| member.staff_number.clone()));
    known.extend(roster.chunks(200).unwrap().flat_map(Result::unwrap).map(|row| row.staff_number));
    known
}

#[test]
fn both_ledgers_come_out_as_their_truth_says() {
    for set in ["messy-1500", "clean-1200"] {
        let known = known_after_import(set);
        let path = data(&format!("talks-{set}.xlsx"));
        let known = |number: &str| known.contains(number);
        let mut check =
            TalksFile::check(&path, &known, date(2026, 11, 24), &Mapping::default(), Limits::default())
                .unwrap();
        let truth = &truth(&format!("truth-{set}.json"))["talks"];
        for key in ["rows", "accepted", "rejected", "rejected_by_reason", "rejected_rows"] {
            assert_eq!(serde_json::to_value(&check.report).unwrap()[key], truth[key], "{set} {key}");
        }
        let taken: usize = check.chunks(200).unwrap().map(|chunk| chunk.unwrap().len()).sum();
        assert_eq!(taken, truth["accepted"]);
    }
}

#[test]
fn a_good_row_is_kept_as_it_was_written() {
    let mut check = check(&[&[
        "1",
        "1",
        "甲",
        "2",
        "乙",
        "2026年03月12日",
        "电话谈话",
        "入党动机、工作生活",
        "谈了（１）。 ",
    ]]);
    let row = check.chunks(200).unwrap().next().unwrap().unwrap().pop().unwrap();
    assert_eq!((row.held_on, row.form), (date(2026, 3, 12), TalkForm::Telephone));
    assert_eq!(row.topics, ["入党动机", "工作生活"]);
    assert_eq!(row.gist, "谈了（１）。", "prose keeps its full-width digits");
}

#[test]
fn each_fault_of_a_talk_has_its_reason() {
    let good = ["1", "1", "甲", "2", "乙", "2026-03-12", "个别谈话", "入党动机", "谈了。"];
    let with = |column: usize, text: &'static str| {
        let mut row = good;
        row[column] = text;
        row
    };
    let rows = [
        good,
        with(1, "9"),
        with(3, "9"),
        with(5, "2031-05-01"),
        with(5, "2026.03"),
        with(6, "书面"),
        with(8, ""),
        with(0, "77"),
    ];
    let rows: Vec<&[&str]> = rows.iter().map(<[&str; 9]>::as_slice).collect();
    let expected = [
        (3, Reason::PersonUnknown),
        (4, Reason::TalkerUnknown),
        (5, Reason::DateInFuture),
        (6, Reason::DateUnreadable),
        (7, Reason::FormUnknown),
        (8, Reason::GistMissing),
        (9, Reason::RowRepeated),
    ];
    assert_eq!(pairs(&check(&rows).report), expected);
}

#[test]
fn the_content_of_a_row_does_not_depend_on_the_shape_of_its_date() {
    let row = |day| -> [&str; 9] {
        ["1", "1", "甲", "2", "乙", day, "个别谈话", "入党动机", "谈了。"]
    };
    let (first, second) = (row("2026-03-12"), row("20260312"));
    assert_eq!(pairs(&check(&[&first, &second]).report), [(3, Reason::RowRepeated)]);
}

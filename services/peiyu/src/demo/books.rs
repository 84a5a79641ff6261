//! The workbooks of an invented university: made here, imported as any user's.

use peiyu_workbooks::{WorkbookError, write_tables};

/// 党组织.
const ORGANISATIONS: &str = include_str!("../../demo/organisations.csv");
/// 任职.
const OFFICES: &str = include_str!("../../demo/offices.csv");
/// 党员名册.
const MEMBERS: &str = include_str!("../../demo/members.csv");
/// 教职工名册.
const ROSTER: &str = include_str!("../../demo/roster.csv");

/// One sheet: its name and its rows, titles first.
type Sheet<'a> = (&'a str, Vec<Vec<String>>);

/// The organisation workbook.
///
/// # Errors
/// When it cannot be written.
pub(super) fn organisation() -> Result<Vec<u8>, WorkbookError> {
    workbook(&[("党组织", rows(ORGANISATIONS)), ("任职", rows(OFFICES)), ("党员名册", rows(MEMBERS))])
}

/// The personnel roster.
///
/// # Errors
/// As [`organisation`].
pub(super) fn roster() -> Result<Vec<u8>, WorkbookError> {
    workbook(&[("教职工名册", rows(ROSTER))])
}

/// A ledger of old talks.
///
/// # Errors
/// As [`organisation`].
pub(super) fn talks(lines: Vec<Vec<String>>) -> Result<Vec<u8>, WorkbookError> {
    let titles =
        ["工号", "姓名", "谈话人工号", "谈话人", "谈话日期", "谈话形式", "谈话地点", "谈话主题", "谈话内容"];
    let mut sheet = vec![titles.map(ToOwned::to_owned).to_vec()];
    sheet.extend(lines);
    workbook(&[("谈心谈话台账", sheet)])
}

/// The name behind a staff number, empty for nobody.
pub(super) fn name_of(staff_number: &str) -> String {
    let mut lines = ROSTER.lines();
    let line = lines.find(|line| line.split(',').next() == Some(staff_number)).unwrap_or_default();
    line.split(',').nth(1).unwrap_or_default().to_owned()
}

/// The office of a leader, in words.
pub(super) fn office_of(staff_number: &str) -> String {
    let office = OFFICES.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let mut office = office.filter(|cells| cells.first() == Some(&staff_number));
    let Some(cells) = office.next() else { return String::new() };
    let (number, title) =
        (cells.get(2).copied().unwrap_or_default(), cells.get(3).copied().unwrap_or_default());
    let organisation = ORGANISATIONS.lines().find(|line| line.split(',').next() == Some(number));
    let organisation = organisation.and_then(|line| line.split(',').nth(1)).unwrap_or_default();
    format!("{organisation} {title}")
}

/// Plain text, no commas inside a cell.
fn rows(text: &str) -> Vec<Vec<String>> {
    text.lines().map(|line| line.split(',').map(ToOwned::to_owned).collect()).collect()
}

fn workbook(sheets: &[Sheet<'_>]) -> Result<Vec<u8>, WorkbookError> {
    let titles: Vec<Vec<&str>> = sheets
        .iter()
        .map(|(_, rows)| rows.first().into_iter().flatten().map(String::as_str).collect())
        .collect();
    let tables: Vec<_> = sheets
        .iter()
        .zip(&titles)
        .map(|((name, rows), titles)| (*name, titles.as_slice(), rows.get(1..).unwrap_or_default()))
        .collect();
    write_tables(&tables)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::path::PathBuf;

    use peiyu_workbooks::{Limits, Mapping, OrganisationFile, RosterFile};

    use super::*;

    fn on_disk(bytes: Vec<u8>) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book.xlsx");
        std::fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    #[test]
    fn the_invented_university_imports_without_a_rejected_row() {
        let (_folder, path) = on_disk(organisation().unwrap());
        let tree = OrganisationFile::check(&path, Limits::default()).unwrap();
        for report in [&tree.tree_report, &tree.offices_report, &tree.members_report] {
            assert!(report.rows > 0 && report.rejected == 0, "{:?}", report.faults);
        }
        let (_folder, path) = on_disk(roster().unwrap());
        let roster = RosterFile::check(&path, &tree.units(), &Mapping::default(), Limits::default()).unwrap();
        assert_eq!((roster.report.rows, roster.report.rejected), (60, 0), "{:?}", roster.report.faults);
    }

    #[test]
    fn everybody_with_an_office_is_a_member_on_the_roster() {
        for office in OFFICES.lines().skip(1) {
            let number = office.split(',').next().unwrap();
            assert!(MEMBERS.lines().any(|line| line.starts_with(number)), "{number} is no member");
            assert!(!name_of(number).is_empty(), "{number} is not on the roster");
        }
    }

    #[test]
    fn rows_have_as_many_cells_as_titles() {
        for text in [ORGANISATIONS, OFFICES, MEMBERS, ROSTER] {
            let rows = rows(text);
            assert!(rows.iter().all(|row| row.len() == rows[0].len()));
        }
    }
}

//! 党内联系人建议: a proposal of liaisons goes out as .xlsx, and comes back with what was adopted.

use std::path::Path;

use crate::book::Workbook;
use crate::error::WorkbookError;
use crate::layout::Layout;
use crate::limits::Limits;
use crate::mapping::Mapping;
use crate::organisation::require;
use crate::reading::Values;
use crate::reason::{Facts, Reason};
use crate::report::{Report, Sink};
use crate::spec;
use crate::table::write_table;

const TITLES: [&str; 9] =
    ["工号", "姓名", "单位", "教研室", "建议联系人工号", "建议联系人", "职务", "理由", "采纳(是/否)"];

/// One proposed assignment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProposalLine {
    /// 工号 of the candidate.
    pub staff_number: String,
    /// 姓名 of the candidate.
    pub name: String,
    /// 单位.
    pub unit: String,
    /// 教研室.
    pub room: String,
    /// 工号 of the proposed liaison; a reviewer may write another.
    pub liaison_number: String,
    /// 姓名 of the proposed liaison.
    pub liaison_name: String,
    /// 职务 in which the liaison accompanies.
    pub office: String,
    /// Why this one.
    pub reason: String,
    /// Whether it is to be applied.
    pub adopted: bool,
}

/// A proposal that came back: good lines with their rows, and what is wrong with the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalCheck {
    /// Sheet row (1 = top) and line.
    pub lines: Vec<(u32, ProposalLine)>,
    /// What was found.
    pub report: Report,
}

/// Writes a proposal for review; returns the file's bytes.
///
/// # Errors
/// When a text is too long for a cell.
pub fn write_proposal(lines: &[ProposalLine]) -> Result<Vec<u8>, WorkbookError> {
    let rows = lines.iter().map(|line| {
        let adopted = if line.adopted { "是" } else { "否" };
        [
            line.staff_number.clone(),
            line.name.clone(),
            line.unit.clone(),
            line.room.clone(),
            line.liaison_number.clone(),
            line.liaison_name.clone(),
            line.office.clone(),
            line.reason.clone(),
            adopted.to_owned(),
        ]
    });
    write_table("党内联系人建议", &TITLES, rows)
}

/// Reads a reviewed proposal; an empty 采纳 is no.
///
/// # Errors
/// When the file is refused as a whole.
pub fn read_proposal(path: &Path, limits: Limits) -> Result<ProposalCheck, WorkbookError> {
    let mut book = Workbook::open(path, limits)?;
    let layout = Layout::find(&mut book, spec::PROPOSAL, &Mapping::default(), "建议")?;
    let mut sink = Sink::default();
    let mut lines = Vec::new();
    for row in book.rows(&layout.sheet)? {
        let row = row?;
        let Some(values) = Values::read(&layout, &row, &mut sink) else { continue };
        lines.push((row.number, line(&values, &mut sink)));
    }
    let report = Report::new(&layout, sink);
    lines.retain(|(row, _)| !report.is_rejected(*row));
    Ok(ProposalCheck { lines, report })
}

fn line(values: &Values<'_>, sink: &mut Sink) -> ProposalLine {
    require(values, sink, "staff_number", Reason::StaffNumberMissing);
    let adopted = match values.text_or_empty("adopted") {
        "是" | "采纳" | "同意" | "√" | "TRUE" | "Y" | "y" | "yes" => true,
        "" | "否" | "不采纳" | "不同意" | "×" | "FALSE" | "N" | "n" | "no" => false,
        _ => {
            values.fault(sink, "adopted", Reason::AdoptionUnclear, Facts::None);
            false
        }
    };
    if adopted {
        require(values, sink, "liaison_number", Reason::StaffNumberMissing);
    }
    let owned = |code: &str| values.text_or_empty(code).to_owned();
    ProposalLine {
        staff_number: owned("staff_number"),
        name: owned("name"),
        unit: owned("unit"),
        room: owned("room"),
        liaison_number: owned("liaison_number"),
        liaison_name: owned("liaison_name"),
        office: owned("office"),
        reason: owned("reason"),
        adopted,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::samples::{pairs, workbook};

    fn proposed() -> ProposalLine {
        ProposalLine {
            staff_number: "0000005".to_owned(),
            name: "石文晨".to_owned(),
            unit: "基础医学院".to_owned(),
            room: "生理学教研室".to_owned(),
            liaison_number: "2007203".to_owned(),
            liaison_name: "马涛梅".to_owned(),
            office: "教师党支部书记".to_owned(),
            reason: "同一教研室，联系 1 人".to_owned(),
            adopted: true,
        }
    }

    #[test]
    fn a_proposal_comes_back_as_it_went() {
        let lines = vec![proposed(), ProposalLine { adopted: false, ..proposed() }];
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), write_proposal(&lines).unwrap()).unwrap();
        let check = read_proposal(file.path(), Limits::default()).unwrap();
        assert_eq!(check.lines, [(2, lines[0].clone()), (3, lines[1].clone())]);
    }

    #[test]
    fn an_unclear_answer_is_not_taken_for_a_yes() {
        let rows: &[&[&str]] = &[
            &["工号", "建议联系人工号", "采纳(是/否)"],
            &["1", "2", "再议"],
            &["2", "", "是"],
            &["3", "2", ""],
        ];
        let file = workbook(&[("建议", rows)]);
        let check = read_proposal(file.path(), Limits::default()).unwrap();
        assert_eq!(pairs(&check.report), [(2, Reason::AdoptionUnclear), (3, Reason::StaffNumberMissing)]);
        assert_eq!(check.lines.len(), 1);
        assert!(!check.lines[0].1.adopted);
    }
}

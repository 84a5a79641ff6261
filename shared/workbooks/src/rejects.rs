//! The file of rejected rows: the source's columns, the faulty cells coloured, the reasons beside them.

use std::path::Path;

use rust_xlsxwriter::{Color, Format, FormatAlign, Workbook as Writer, Worksheet};

use crate::book::Workbook;
use crate::cell::{Cell, Row};
use crate::error::WorkbookError;
use crate::layout::Layout;
use crate::reason::Fault;
use crate::report::Report;
use crate::spec::{REJECTED_BECAUSE, REJECTED_BECAUSE_TITLE};
use crate::table::{Widths, sheet_name};

const FAULTY: Color = Color::RGB(0xFF_E6_99);

struct Formats {
    plain: Format,
    faulty: Format,
    faulty_date: Format,
    header: Format,
    reason: Format,
}

impl Formats {
    fn new() -> Self {
        let plain = Format::new().set_num_format("@");
        Self {
            faulty: plain.clone().set_background_color(FAULTY),
            faulty_date: Format::new().set_num_format("yyyy-mm-dd").set_background_color(FAULTY),
            header: plain.clone().set_bold(),
            reason: plain.clone().set_text_wrap().set_align(FormatAlign::Top),
            plain,
        }
    }
}

/// Name of the constant by which a workbook says that only rejected rows stand in it; offices' programs keep it.
const MARK: &str = "peiyu_rejected_rows";

/// Which rows of a sheet are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// The rejected ones, with the reasons beside them.
    Rejected,
    /// All of them, as they stand: what the others hang on.
    All,
}

/// Whether a workbook was written as rejected rows, mended or not: nobody is absent because it does not name them.
pub(crate) fn is_rejects(book: &Workbook, layout: &Layout) -> bool {
    let says_why = layout.columns.iter().any(|column| column.spec.code == REJECTED_BECAUSE);
    says_why || book.defines(MARK)
}

/// Writes the rejected rows of a sheet, importable again once they are mended.
///
/// Every cell is written as text, so no formula runs and no zero is lost. Only a faulty number stays a
/// number: as text it would pass unmended the next time.
pub(crate) fn write_rejected(
    book: &mut Workbook,
    layout: &Layout,
    report: &Report,
    out: &Path,
) -> Result<(), WorkbookError> {
    write_sheets(book, &[(layout, report, Which::Rejected)], out)
}

/// Writes several sheets into one marked workbook.
pub(crate) fn write_sheets(
    book: &mut Workbook,
    sheets: &[(&Layout, &Report, Which)],
    out: &Path,
) -> Result<(), WorkbookError> {
    let formats = Formats::new();
    let mut writer = Writer::new();
    writer.define_name(MARK, "=1")?;
    for (layout, report, which) in sheets {
        // Rows go to disk as they are written: the source may have every row rejected.
        let sheet = writer.add_worksheet_with_constant_memory()?;
        write_sheet(book, layout, report, *which, sheet, &formats)?;
    }
    writer.save(out)?;
    Ok(())
}

fn write_sheet(
    book: &mut Workbook,
    layout: &Layout,
    report: &Report,
    which: Which,
    sheet: &mut Worksheet,
    formats: &Formats,
) -> Result<(), WorkbookError> {
    let columns = source_columns(layout);
    let reason_column = u16::try_from(columns.len()).unwrap_or(u16::MAX);
    let mut widths = Widths::default();
    sheet.set_name(sheet_name(&layout.sheet))?;
    sheet.set_freeze_panes(1, 0)?;
    for (position, index) in (0_u16..).zip(&columns) {
        let header = layout.header(*index).unwrap_or_default();
        widths.see(position, header);
        sheet.write_string_with_format(0, position, header, &formats.header)?;
    }
    if which == Which::Rejected {
        sheet.write_string_with_format(0, reason_column, REJECTED_BECAUSE_TITLE, &formats.header)?;
    }
    let mut target = 0_u32;
    for row in book.rows(&layout.sheet)? {
        let row = row?;
        let faults = report.faults_of(row.number);
        let wanted = match which {
            Which::Rejected => !faults.is_empty(),
            Which::All => layout.is_data(&row),
        };
        if !wanted {
            continue;
        }
        target += 1;
        write_row(sheet, target, &row, &columns, faults, formats, &mut widths)?;
        if which == Which::Rejected {
            let reasons = reasons(&row, faults, layout, &columns);
            sheet.write_string_with_format(target, reason_column, reasons, &formats.reason)?;
        }
    }
    widths.apply(sheet)?;
    if which == Which::Rejected {
        sheet.set_column_width(reason_column, 80)?;
    }
    Ok(())
}

/// All columns with a title but an earlier file's reasons.
fn source_columns(layout: &Layout) -> Vec<u16> {
    let known = layout.columns.iter().filter(|column| column.spec.code != REJECTED_BECAUSE);
    let mut columns: Vec<u16> =
        known.map(|column| column.index).chain(layout.unknown.iter().map(|(index, _)| *index)).collect();
    columns.sort_unstable();
    columns
}

fn write_row(
    sheet: &mut Worksheet,
    target: u32,
    row: &Row,
    columns: &[u16],
    faults: &[Fault],
    formats: &Formats,
    widths: &mut Widths,
) -> Result<(), WorkbookError> {
    for (position, index) in (0_u16..).zip(columns) {
        let faulty = faults.iter().any(|fault| fault.column == Some(*index));
        match (row.cell(*index), faulty) {
            (None, false) => {}
            (None, true) => {
                sheet.write_blank(target, position, &formats.faulty)?;
            }
            (Some(Cell::Number(number)), true) => {
                sheet.write_number_with_format(target, position, *number, &formats.faulty)?;
            }
            (Some(Cell::Unreadable(number)), true) => {
                sheet.write_number_with_format(target, position, *number, &formats.faulty_date)?;
            }
            (Some(cell), faulty) => {
                let text = cell.formula().map_or_else(|| cell.text(), str::to_owned);
                let format = if faulty { &formats.faulty } else { &formats.plain };
                widths.see(position, &text);
                sheet.write_string_with_format(target, position, clip(&text), format)?;
            }
        }
    }
    Ok(())
}

/// A cell of Excel holds 32,767 characters.
fn clip(text: &str) -> String {
    text.chars().take(32_767).collect()
}

/// The reasons name the columns of this file, which are the source's when it has no gaps.
fn reasons(row: &Row, faults: &[Fault], layout: &Layout, columns: &[u16]) -> String {
    let mut sentences = vec![format!("原表第 {} 行", row.number)];
    sentences.extend(faults.iter().map(|fault| {
        let position = fault.column.and_then(|index| columns.iter().position(|other| *other == index));
        let header = fault.column.and_then(|index| layout.header(index));
        let here =
            Fault { column: position.and_then(|position| u16::try_from(position).ok()), ..fault.clone() };
        here.chinese(header)
    }));
    clip(&sentences.join("\n"))
}

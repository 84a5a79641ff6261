//! Plain tables: lists that people take away as .xlsx, and tables that come back.

use std::path::Path;

use rust_xlsxwriter::{Format, Workbook as Writer, Worksheet};

use crate::book::Workbook;
use crate::clean::{Width, clean};
use crate::error::WorkbookError;
use crate::limits::Limits;

/// Columns are never wider; units of Excel's column width.
const WIDEST: u16 = 60;

/// Column widths as they follow from what was written; a Chinese character takes two.
#[derive(Debug, Default)]
pub(crate) struct Widths(Vec<u16>);

impl Widths {
    pub fn see(&mut self, column: u16, text: &str) {
        let width: usize =
            text.lines().next().unwrap_or_default().chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
        let width = u16::try_from(width + 2).unwrap_or(WIDEST).min(WIDEST);
        let column = usize::from(column);
        if self.0.len() <= column {
            self.0.resize(column + 1, 8);
        }
        if let Some(widest) = self.0.get_mut(column) {
            *widest = width.max(*widest);
        }
    }

    pub fn apply(&self, sheet: &mut Worksheet) -> Result<(), WorkbookError> {
        for (column, width) in (0_u16..).zip(&self.0) {
            sheet.set_column_width(column, *width)?;
        }
        Ok(())
    }
}

/// A sheet's name as Excel allows it: at most 31 characters, none of `[]:*?/\`.
pub(crate) fn sheet_name(name: &str) -> String {
    let name: String = name.chars().filter(|c| !"[]:*?/\\".contains(*c)).take(31).collect();
    let name = name.trim_matches('\'').to_owned();
    if name.is_empty() { "Sheet1".to_owned() } else { name }
}

/// A list to write as a sheet.
#[derive(Debug, Clone, Copy, Default)]
pub struct List<'a> {
    /// Name of the sheet.
    pub name: &'a str,
    /// What stands above the titles, one line a row: what was asked, as of when.
    pub above: &'a [String],
    /// Titles.
    pub headers: &'a [&'a str],
    /// Columns (0 = first) of whole numbers, so that they can be added up.
    pub numbers: &'a [u16],
    /// Cells.
    pub rows: &'a [Vec<String>],
}

/// Writes a table of text cells with a frozen header and fitting columns; returns the file's bytes.
///
/// # Errors
/// When a cell is too long or the table too large for Excel.
pub fn write_table<R>(
    sheet: &str,
    headers: &[&str],
    rows: impl IntoIterator<Item = R>,
) -> Result<Vec<u8>, WorkbookError>
where
    R: AsRef<[String]>,
{
    let mut writer = Writer::new();
    add_sheet(&mut writer, &List { name: sheet, headers, ..List::default() }, rows)?;
    Ok(writer.save_to_buffer()?)
}

/// A sheet to write: its name, its titles, its rows.
pub type SheetContent<'a> = (&'a str, &'a [&'a str], &'a [Vec<String>]);

/// Writes several tables as sheets of one file.
///
/// # Errors
/// As [`write_table`].
pub fn write_tables(sheets: &[SheetContent<'_>]) -> Result<Vec<u8>, WorkbookError> {
    let lists = sheets.iter().map(|&(name, headers, rows)| List { name, headers, rows, ..List::default() });
    write_lists(&lists.collect::<Vec<_>>())
}

/// Writes several lists as sheets of one file, each with what stands above it.
///
/// # Errors
/// As [`write_table`].
pub fn write_lists(lists: &[List<'_>]) -> Result<Vec<u8>, WorkbookError> {
    let mut writer = Writer::new();
    for list in lists {
        add_sheet(&mut writer, list, list.rows)?;
    }
    Ok(writer.save_to_buffer()?)
}

/// The rows come apart from the list, since they may come one by one.
fn add_sheet<R>(
    writer: &mut Writer,
    list: &List<'_>,
    rows: impl IntoIterator<Item = R>,
) -> Result<(), WorkbookError>
where
    R: AsRef<[String]>,
{
    let text = Format::new().set_num_format("@");
    let bold = text.clone().set_bold();
    let mut widths = Widths::default();
    let target = writer.add_worksheet_with_constant_memory()?;
    target.set_name(sheet_name(list.name))?;
    for (row, line) in (0_u32..).zip(list.above) {
        target.write_string_with_format(row, 0, line, &text)?;
    }
    // A blank row keeps what stands above out of the table.
    let lines = u32::try_from(list.above.len()).unwrap_or(u32::MAX);
    let top = if lines == 0 { 0 } else { lines + 1 };
    target.set_freeze_panes(top + 1, 0)?;
    for (column, header) in (0_u16..).zip(list.headers) {
        widths.see(column, header);
        target.write_string_with_format(top, column, *header, &bold)?;
    }
    for (row, cells) in (top + 1..).zip(rows) {
        for (column, cell) in (0_u16..).zip(cells.as_ref()) {
            widths.see(column, cell);
            match cell.parse::<u32>() {
                Ok(number) if list.numbers.contains(&column) => target.write_number(row, column, number)?,
                Ok(_) | Err(_) => target.write_string_with_format(row, column, cell, &text)?,
            };
        }
    }
    widths.apply(target)
}

/// A table that came back: its titles, and its rows as cleaned text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Titles.
    pub headers: Vec<String>,
    /// Sheet row (1 = top) and one text for each title.
    pub rows: Vec<(u32, Vec<String>)>,
}

/// Reads the first sheet whose first row with content holds the titles.
///
/// # Errors
/// When the file is no workbook, too large or empty.
pub fn read_table(path: &Path, limits: Limits) -> Result<Table, WorkbookError> {
    let mut book = Workbook::open(path, limits)?;
    let sheet = book.sheets().first().cloned().ok_or(WorkbookError::Empty)?;
    let mut rows = book.rows(&sheet)?;
    let header = rows.next().ok_or(WorkbookError::Empty)??;
    let cleaned = |text: String| clean(&text, Width::Nothing).0;
    let columns: Vec<u16> = header.cells.iter().map(|(index, _)| *index).collect();
    let headers = header.cells.iter().map(|(_, cell)| cleaned(cell.text())).collect();
    let mut table = Table { headers, rows: Vec::new() };
    for row in rows {
        let row = row?;
        let text = |index: &u16| row.cell(*index).map_or_else(String::new, |cell| cleaned(cell.text()));
        let cells: Vec<String> = columns.iter().map(text).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            table.rows.push((row.number, cells));
        }
    }
    Ok(table)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::cell::{Cell, Row};

    #[test]
    fn a_table_comes_back_as_it_went_and_no_formula_with_it() {
        let rows = vec![
            vec!["0000005".to_owned(), "=1+1".to_owned()],
            vec!["2000007".to_owned(), "理由".to_owned()],
        ];
        let bytes = write_table("名单[1]", &["工号", "理由"], &rows).unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let table = read_table(file.path(), Limits::default()).unwrap();
        assert_eq!(table.headers, ["工号", "理由"]);
        assert_eq!(table.rows, vec![(2, rows[0].clone()), (3, rows[1].clone())]);
    }

    #[test]
    fn what_stands_above_a_list_is_no_part_of_it_and_numbers_are_numbers() {
        let rows = vec![vec!["0012".to_owned(), "12".to_owned()]];
        let above = ["截至：2026-11-01".to_owned(), "=1+1".to_owned()];
        let list =
            List {
                name: "人数", above: &above, headers: &["编号", "人数"], numbers: &[1], rows: &rows
            };
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), write_lists(&[list]).unwrap()).unwrap();
        let mut book = Workbook::open(file.path(), Limits::default()).unwrap();
        let read: Vec<Row> = book.rows("人数").unwrap().map(|row| row.unwrap()).collect();
        let numbers: Vec<u32> = read.iter().map(|row| row.number).collect();
        assert_eq!(numbers, [1, 2, 4, 5]);
        assert_eq!(read[3].cells, [(0, Cell::Text("0012".to_owned())), (1, Cell::Number(12.0))]);
    }
}

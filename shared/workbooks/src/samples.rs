//! Small workbooks for tests, and the workbooks whose outcome is known.
#![expect(clippy::unwrap_used, reason = "only tests use it, and they may panic")]

use std::path::{Path, PathBuf};

use rust_xlsxwriter::Workbook as Writer;
use tempfile::NamedTempFile;

use crate::book::Workbook;
use crate::cell::Cell;
use crate::limits::Limits;
use crate::reason::Reason;
use crate::report::Report;

/// A file of `tests/data`.
pub(crate) fn data(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data")).join(name)
}

/// What must come out of a set of files.
pub(crate) fn truth(name: &str) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(data(name)).unwrap()).unwrap()
}

/// Row and reason of every fault.
pub(crate) fn pairs(report: &Report) -> Vec<(u32, Reason)> {
    report.faults.iter().map(|fault| (fault.row, fault.reason)).collect()
}

/// A workbook of text cells; `#30` is the number 30.
pub(crate) fn workbook(sheets: &[(&str, &[&[&str]])]) -> NamedTempFile {
    let mut writer = Writer::new();
    for (name, rows) in sheets {
        let sheet = writer.add_worksheet();
        sheet.set_name(*name).unwrap();
        for (row, cells) in (0_u32..).zip(*rows) {
            for (column, cell) in (0_u16..).zip(*cells) {
                if let Some(number) = cell.strip_prefix('#') {
                    sheet.write_number(row, column, number.parse::<f64>().unwrap()).unwrap();
                } else {
                    sheet.write_string(row, column, *cell).unwrap();
                }
            }
        }
    }
    let file = tempfile::Builder::new().suffix(".xlsx").tempfile().unwrap();
    writer.save(file.path()).unwrap();
    file
}

/// The first sheet again, as a person would mend it: each cell by the title of its column.
pub(crate) fn rewrite(path: &Path, mend: impl Fn(&str, &str) -> String) -> NamedTempFile {
    let mut book = Workbook::open(path, Limits::default()).unwrap();
    let mut sheets: Vec<(String, Vec<Vec<String>>)> = Vec::new();
    for sheet in book.sheets().to_vec() {
        let mut rows = book.rows(&sheet).unwrap();
        let titles: Vec<String> =
            rows.next().unwrap().unwrap().cells.iter().map(|(_, cell)| cell.text()).collect();
        let mut table = vec![titles.clone()];
        for row in rows {
            let row = row.unwrap();
            let text = |index| row.cell(index).map_or_else(String::new, Cell::text);
            table.push((0_u16..).zip(&titles).map(|(index, title)| mend(title, &text(index))).collect());
        }
        sheets.push((sheet, table));
    }
    let borrowed: Vec<(&str, Vec<Vec<&str>>)> = sheets
        .iter()
        .map(|(name, table)| {
            (name.as_str(), table.iter().map(|row| row.iter().map(String::as_str).collect()).collect())
        })
        .collect();
    let rows: Vec<(&str, Vec<&[&str]>)> =
        borrowed.iter().map(|(name, table)| (*name, table.iter().map(Vec::as_slice).collect())).collect();
    let sheets: Vec<(&str, &[&[&str]])> =
        rows.iter().map(|(name, table)| (*name, table.as_slice())).collect();
    workbook(&sheets)
}

//! An open workbook: its sheets, and their rows as a stream of bounded memory.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use calamine::{
    DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxCellReader, XlsxError,
    XlsxFormulaMetadata,
};
use jiff::civil::Date;

use crate::archive;
use crate::cell::{Cell, Row};
use crate::error::{Counted, DamagedPart, WorkbookError};
use crate::limits::Limits;

type Source = BufReader<File>;

/// An .xlsx workbook that was found readable and not too large.
pub struct Workbook {
    xlsx: Xlsx<Source>,
    limits: Limits,
    sheets: Vec<String>,
}

impl std::fmt::Debug for Workbook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workbook").field("sheets", &self.sheets).finish_non_exhaustive()
    }
}

impl Workbook {
    /// Opens a workbook after looking at what it is and how much unpacks from it.
    ///
    /// # Errors
    /// When it is no workbook, encrypted, damaged, too large, or without a visible sheet.
    pub fn open(path: &Path, limits: Limits) -> Result<Self, WorkbookError> {
        let mut file = File::open(path)?;
        archive::inspect(&mut file, &limits)?;
        file.seek(SeekFrom::Start(0))?;
        let xlsx = guarded(None, None, || Xlsx::new(BufReader::new(file)))?;
        let sheets: Vec<String> = xlsx
            .sheets_metadata()
            .iter()
            .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible)
            .map(|sheet| sheet.name.clone())
            .collect();
        if sheets.is_empty() {
            return Err(WorkbookError::Empty);
        }
        Ok(Self { xlsx, limits, sheets })
    }

    /// Names of the visible sheets, in order.
    #[must_use]
    pub fn sheets(&self) -> &[String] {
        &self.sheets
    }

    /// Whether the workbook defines a name; letters' case does not count, as in spreadsheets.
    pub(crate) fn defines(&self, name: &str) -> bool {
        self.xlsx.defined_names().iter().any(|(defined, _)| defined.eq_ignore_ascii_case(name))
    }

    /// The rows of a sheet that have content, from the top.
    ///
    /// # Errors
    /// When there is no such sheet or it cannot be read.
    pub fn rows(&mut self, sheet: &str) -> Result<Rows<'_>, WorkbookError> {
        let months = month_cells(&mut self.xlsx, sheet, &self.limits)?;
        let reader = guarded(Some(sheet), None, || self.xlsx.worksheet_cells_reader(sheet))?;
        Ok(Rows {
            reader,
            sheet: sheet.to_owned(),
            limits: self.limits,
            months,
            pending: None,
            last_row: 0,
            seen_rows: 0,
            seen_cells: 0,
            at_end: false,
            ended: false,
        })
    }
}

/// Rows with content, one after the other.
pub struct Rows<'a> {
    reader: XlsxCellReader<'a, Source>,
    sheet: String,
    limits: Limits,
    months: HashSet<(u32, u32)>,
    pending: Option<(u32, u16, Cell)>,
    last_row: u32,
    seen_rows: u32,
    seen_cells: u64,
    /// The reader must not be asked again after its end.
    at_end: bool,
    ended: bool,
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, WorkbookError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let row = self.next_row();
        self.ended = !matches!(row, Ok(Some(_)));
        row.transpose()
    }
}

impl Rows<'_> {
    fn next_row(&mut self) -> Result<Option<Row>, WorkbookError> {
        let Some((number, column, cell)) = self.next_filled()? else { return Ok(None) };
        let mut row = Row { number, cells: vec![(column, cell)] };
        while let Some((next_number, next_column, next_cell)) = self.next_filled()? {
            if next_number != number {
                self.pending = Some((next_number, next_column, next_cell));
                break;
            }
            if row.cells.len() >= usize::from(self.limits.columns) {
                return Err(self.too_large(Counted::Columns, u64::from(self.limits.columns)));
            }
            row.cells.push((next_column, next_cell));
        }
        self.seen_rows += 1;
        if self.seen_rows > self.limits.rows {
            return Err(self.too_large(Counted::Rows, u64::from(self.limits.rows)));
        }
        Ok(Some(row))
    }

    /// The next cell that is not empty.
    fn next_filled(&mut self) -> Result<Option<(u32, u16, Cell)>, WorkbookError> {
        if let Some(pending) = self.pending.take() {
            return Ok(Some(pending));
        }
        while !self.at_end {
            // Without expansion: an expanded shared formula could claim any amount of memory.
            let next = guarded(Some(&self.sheet), Some(self.last_row), || {
                self.reader.next_cell_with_formula_metadata()
            })?;
            let Some(record) = next else {
                self.at_end = true;
                return Ok(None);
            };
            self.seen_cells += 1;
            if self.seen_cells > self.limits.cells {
                return Err(self.too_large(Counted::Cells, self.limits.cells));
            }
            let number = record.pos.0.saturating_add(1);
            if number < self.last_row {
                return Err(WorkbookError::Damaged {
                    what: DamagedPart::RowOrder,
                    sheet: Some(self.sheet.clone()),
                    row: Some(number),
                });
            }
            self.last_row = number;
            let is_month = self.months.contains(&record.pos);
            let column = u16::try_from(record.pos.1).unwrap_or(u16::MAX);
            if let Some(cell) = cell_of(record.value, record.formula, is_month) {
                return Ok(Some((number, column, cell)));
            }
        }
        Ok(None)
    }

    fn too_large(&self, what: Counted, limit: u64) -> WorkbookError {
        WorkbookError::TooLarge { what, limit, sheet: Some(self.sheet.clone()) }
    }
}

fn cell_of(value: DataRef<'_>, formula: Option<XlsxFormulaMetadata>, is_month: bool) -> Option<Cell> {
    match value {
        DataRef::Empty => formula.map(|formula| Cell::Formula(formula_text(formula))),
        DataRef::Error(error) => Some(Cell::Formula(error.to_string())),
        // A formula whose value is the empty text, such as `=IF(A1="","",…)`, has a value.
        DataRef::String(text) if text.is_empty() => None,
        DataRef::String(text) => Some(Cell::Text(text)),
        DataRef::SharedString("") => None,
        DataRef::SharedString(text) => Some(Cell::Text(text.to_owned())),
        #[expect(clippy::cast_precision_loss, reason = "a spreadsheet's own numbers are f64")]
        DataRef::Int(number) => Some(Cell::Number(number as f64)),
        DataRef::Float(number) => Some(Cell::Number(number)),
        DataRef::Bool(value) => Some(Cell::Bool(value)),
        DataRef::DateTime(moment) => Some(date_cell(&moment, is_month)),
        DataRef::DateTimeIso(text) => {
            let day = text.get(..10).and_then(|day| day.parse::<Date>().ok());
            Some(day.map_or(Cell::Text(text), Cell::Date))
        }
        DataRef::DurationIso(text) => Some(Cell::Text(text)),
    }
}

fn date_cell(moment: &ExcelDateTime, is_month: bool) -> Cell {
    let (year, month, day, ..) = moment.to_ymd_hms_milli();
    let parts = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
    let (Ok(year), Ok(month), Ok(day)) = parts else { return Cell::Unreadable(moment.as_f64()) };
    match Date::new(year, month, day) {
        Ok(_) if moment.is_duration() || moment.as_f64() < 1.0 => Cell::Unreadable(moment.as_f64()),
        Ok(_) if is_month && day == 1 => Cell::Month { year, month },
        Ok(date) => Cell::Date(date),
        Err(_) => Cell::Unreadable(moment.as_f64()),
    }
}

fn formula_text(formula: XlsxFormulaMetadata) -> String {
    let text = match formula {
        XlsxFormulaMetadata::Normal { formula } | XlsxFormulaMetadata::Shared { formula, .. } => formula,
        _ => String::new(),
    };
    format!("={text}")
}

/// Excel keeps `1994年5月` as the first of May with a format that hides the day: which cells are such.
fn month_cells(
    xlsx: &mut Xlsx<Source>,
    sheet: &str,
    limits: &Limits,
) -> Result<HashSet<(u32, u32)>, WorkbookError> {
    let mut reader = guarded(Some(sheet), None, || xlsx.worksheet_cells_reader(sheet))?;
    let styles: HashSet<usize> = reader
        .styles()
        .iter()
        .enumerate()
        .filter(|(_, style)| {
            style
                .number_format
                .as_ref()
                .is_some_and(|format| shows_month_only(&format.format_code, format.format_id))
        })
        .map(|(index, _)| index)
        .collect();
    let mut cells = HashSet::new();
    if styles.is_empty() {
        return Ok(cells);
    }
    let mut seen = 0_u64;
    while let Some((row, column, style)) = guarded(Some(sheet), None, || reader.next_style_id())? {
        seen += 1;
        if seen > limits.cells {
            return Err(WorkbookError::TooLarge {
                what: Counted::Cells,
                limit: limits.cells,
                sheet: Some(sheet.to_owned()),
            });
        }
        if styles.contains(&style) && cells.len() < 2 * limits.rows as usize {
            cells.insert((row, column));
        }
    }
    Ok(cells)
}

/// Formats such as `yyyy-mm` or `yyyy"年"m"月"`, and the built-in ones of Chinese Excel.
fn shows_month_only(code: &str, id: Option<u32>) -> bool {
    if code.is_empty() || code == "General" {
        return matches!(id, Some(17 | 27 | 36 | 50 | 52 | 57));
    }
    let mut quoted = false;
    let mut bracketed = false;
    let mut letters = String::new();
    for character in code.split(';').next().unwrap_or_default().chars() {
        match character {
            '"' => quoted = !quoted,
            '[' => bracketed = true,
            ']' => bracketed = false,
            _ if quoted || bracketed => {}
            _ => letters.extend(character.to_lowercase()),
        }
    }
    letters.contains('y') && letters.contains('m') && !letters.contains(['d', 'h', 's'])
}

/// calamine 0.38 panics on some garbled files (a formula whose range ends before it begins): such a file is
/// damaged like any other. Nothing is read on after an error, so no half-changed reader is ever seen.
fn guarded<T>(
    sheet: Option<&str>,
    row: Option<u32>,
    read: impl FnOnce() -> Result<T, XlsxError>,
) -> Result<T, WorkbookError> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(result) => result.map_err(|error| refusal(&error, sheet, row)),
        Err(_) => Err(WorkbookError::Damaged {
            what: DamagedPart::CellContent,
            sheet: sheet.map(str::to_owned),
            row,
        }),
    }
}

/// Says which part failed, never what stood in it: that may be personal.
fn refusal(error: &XlsxError, sheet: Option<&str>, row: Option<u32>) -> WorkbookError {
    let what = match error {
        XlsxError::Password => return WorkbookError::Encrypted,
        XlsxError::Io(_) | XlsxError::Zip(_) => DamagedPart::Packed,
        XlsxError::Xml(_) | XlsxError::XmlAttr(_) | XlsxError::XmlEof(_) => DamagedPart::Xml,
        XlsxError::FileNotFound(_) | XlsxError::RelationshipNotFound | XlsxError::WorksheetNotFound(_) => {
            DamagedPart::Missing
        }
        _ => DamagedPart::CellContent,
    };
    WorkbookError::Damaged { what, sheet: sheet.map(str::to_owned), row }
}

#[cfg(test)]
mod tests;

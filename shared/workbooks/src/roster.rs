//! 教职工名册: a first pass checks every row, a second yields the good ones in chunks.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use peiyu_domain::person::events::{Field, Record};
use serde::Deserialize;
use serde::de::IntoDeserializer;

use crate::book::Workbook;
use crate::cell::{Cell, Row};
use crate::chunks::Chunks;
use crate::columns::Mappable;
use crate::error::WorkbookError;
use crate::examples::{Examples, examples};
use crate::layout::Layout;
use crate::limits::Limits;
use crate::mapping::Mapping;
use crate::organisation::require;
use crate::reading::{Value, Values, number};
use crate::reason::{Facts, Reason};
use crate::rejects::{is_rejects, write_rejected};
use crate::repeats::Repeats;
use crate::report::{Report, Sink};
use crate::spec;
use crate::units::KnownUnits;

/// A roster as a personnel office exports it.
#[derive(Debug, Clone, Copy)]
pub struct RosterFile;

/// A good row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterRow {
    /// Sheet row, 1 = top.
    pub row: u32,
    /// 工号, as text.
    pub staff_number: String,
    /// Every field that is not empty; dates are `YYYY-MM-DD` or `YYYY-MM`.
    pub record: Record,
}

/// A roster that was checked and can be taken in.
#[derive(Debug)]
pub struct RosterCheck {
    /// What was found.
    pub report: Report,
    /// Whether the file holds rejected rows of an earlier one: then nobody is absent whom it does not name.
    pub is_rejects: bool,
    book: Workbook,
    layout: Layout,
    pad: Option<u8>,
}

impl RosterFile {
    /// Checks every row; keeps of each only what later rows are compared with.
    ///
    /// # Errors
    /// When the file is refused as a whole.
    pub fn check(
        path: &Path,
        units: &KnownUnits,
        mapping: &Mapping,
        limits: Limits,
    ) -> Result<RosterCheck, WorkbookError> {
        let mut book = Workbook::open(path, limits)?;
        let layout = Layout::find(&mut book, spec::ROSTER, mapping, Mappable::Roster.usual_sheet())?;
        if units.is_empty() {
            return Err(WorkbookError::NoOrganisations);
        }
        let pad = mapping.staff_number.pad;
        let mut sink = Sink::default();
        let mut lengths = Lengths::default();
        let mut repeats = Repeats::default();
        let mut wrong_names = WrongNames::new(units);
        for row in book.rows(&layout.sheet)? {
            let row = row?;
            let Some(values) = read_row(&layout, &row, pad, &mut sink) else { continue };
            check_identity(&values, &row, &layout, &mut sink, &mut lengths);
            check_place(&values, &mut wrong_names, &mut sink);
            if let Some(staff_number) = values.text("staff_number") {
                repeats.add(staff_number, values.text_or_empty("name"), row.number);
            }
        }
        lengths.judge(layout.index("staff_number"), &mut sink);
        repeats.judge(layout.index("staff_number"), &mut sink);
        let is_rejects = is_rejects(&book, &layout);
        Ok(RosterCheck { report: Report::new(&layout, sink), is_rejects, book, layout, pad })
    }
}

impl RosterCheck {
    /// The good rows in chunks of `size`, always the same chunks for the same file and units.
    ///
    /// # Errors
    /// When the sheet cannot be read again.
    pub fn chunks(&mut self, size: usize) -> Result<Chunks<'_, RosterRow>, WorkbookError> {
        let fields: HashMap<&'static str, Option<Field>> =
            self.layout.columns.iter().map(|column| (column.spec.code, field_of(column.spec.code))).collect();
        let rows = self.book.rows(&self.layout.sheet)?;
        let (layout, pad) = (&self.layout, self.pad);
        Ok(Chunks::new(rows, &self.report, size, move |row| good_row(layout, &fields, pad, row)))
    }

    /// The first values of each column.
    ///
    /// # Errors
    /// When the sheet cannot be read again.
    pub fn examples(&mut self) -> Result<Vec<Examples>, WorkbookError> {
        examples(&mut self.book, &self.layout)
    }

    /// Writes the rejected rows with the reasons beside them.
    ///
    /// # Errors
    /// When the sheet cannot be read again or the file cannot be written.
    pub fn write_rejected(&mut self, out: &Path) -> Result<(), WorkbookError> {
        write_rejected(&mut self.book, &self.layout, &self.report, out)
    }
}

fn good_row(
    layout: &Layout,
    fields: &HashMap<&'static str, Option<Field>>,
    pad: Option<u8>,
    row: &Row,
) -> Option<RosterRow> {
    let values = read_row(layout, row, pad, &mut Sink::default())?;
    let staff_number = values.text("staff_number")?.to_owned();
    let record = values
        .iter()
        .filter_map(|(code, value)| {
            let field = fields.get(code).copied().flatten()?;
            let text = match value {
                Value::Text(text) => text.clone(),
                Value::Date(date) => date.to_string(),
            };
            Some((field, text))
        })
        .collect();
    Some(RosterRow { row: row.number, staff_number, record })
}

/// The codes of the columns are the names of the domain's fields.
fn field_of(code: &str) -> Option<Field> {
    let name: serde::de::value::StrDeserializer<'_, serde::de::value::Error> = code.into_deserializer();
    Field::deserialize(name).ok()
}

fn read_row<'a>(layout: &'a Layout, row: &Row, pad: Option<u8>, sink: &mut Sink) -> Option<Values<'a>> {
    let mut values = Values::read(layout, row, sink)?;
    pad_number(&mut values, row, layout, "staff_number", pad);
    Some(values)
}

/// Gives a number that was typed as a number its leading zeros back, when the mapping says how many.
pub(crate) fn pad_number(values: &mut Values<'_>, row: &Row, layout: &Layout, code: &str, pad: Option<u8>) {
    let Some(pad) = pad.filter(|_| is_number_cell(row, layout, code)) else { return };
    let padded = values.text(code).map(|text| format!("{text:0>width$}", width = usize::from(pad)));
    if let Some(padded) = padded {
        values.set_text(code, padded);
    }
}

fn is_number_cell(row: &Row, layout: &Layout, code: &str) -> bool {
    let cell = layout.index(code).and_then(|index| row.cell(index));
    matches!(cell, Some(Cell::Number(_)))
}

fn check_identity(values: &Values<'_>, row: &Row, layout: &Layout, sink: &mut Sink, lengths: &mut Lengths) {
    require(values, sink, "name", Reason::NameMissing);
    require(values, sink, "staff_number", Reason::StaffNumberMissing);
    if let Some(staff_number) = values.text("staff_number") {
        lengths.add(staff_number.chars().count(), is_number_cell(row, layout, "staff_number"), values.row);
    }
}

fn check_place(values: &Values<'_>, wrong_names: &mut WrongNames<'_>, sink: &mut Sink) {
    let unit = values.text_or_empty("unit");
    if !wrong_names.units.has_unit(unit) {
        let near = wrong_names.nearest_units(unit);
        return values.fault(sink, "unit", Reason::UnitUnknown, Facts::Nearest(near));
    }
    if let Some(room) = values.text("room").filter(|room| !wrong_names.units.has_room(unit, room)) {
        let near = wrong_names.units.nearest_rooms(unit, room);
        values.fault(sink, "room", Reason::RoomUnknown, Facts::Nearest(near));
    }
}

/// The same wrong name often stands in thousands of rows: its nearest names are looked for once.
struct WrongNames<'a> {
    units: &'a KnownUnits,
    nearest: HashMap<String, Vec<String>>,
}

impl<'a> WrongNames<'a> {
    /// Wrong names that are remembered.
    const REMEMBERED: usize = 1_000;

    fn new(units: &'a KnownUnits) -> Self {
        Self { units, nearest: HashMap::new() }
    }

    fn nearest_units(&mut self, name: &str) -> Vec<String> {
        if let Some(near) = self.nearest.get(name) {
            return near.clone();
        }
        let near = self.units.nearest_units(name);
        if self.nearest.len() < Self::REMEMBERED {
            self.nearest.insert(name.to_owned(), near.clone());
        }
        near
    }
}

/// How long staff numbers are, and which number cells may have lost zeros.
#[derive(Debug, Default)]
struct Lengths {
    counts: BTreeMap<usize, u32>,
    number_cells: Vec<(u32, usize)>,
}

impl Lengths {
    fn add(&mut self, length: usize, is_number: bool, row: u32) {
        *self.counts.entry(length).or_insert(0) += 1;
        if is_number {
            self.number_cells.push((row, length));
        }
    }

    /// The usual length is the most frequent one; of two as frequent, the longer.
    fn judge(&self, column: Option<u16>, sink: &mut Sink) {
        let usual = self
            .counts
            .iter()
            .max_by_key(|(length, count)| (**count, **length))
            .map_or(0, |(length, _)| *length);
        for (row, length) in self.number_cells.iter().filter(|(_, length)| *length < usual) {
            let facts = Facts::Length { length: number(*length), expected: number(usual) };
            sink.fault(*row, column, Reason::StaffNumberLength, facts);
        }
    }
}

#[cfg(test)]
mod tests;

//! Reads the cells of one row by the classes of their columns and notes what is wrong with them.

use peiyu_domain::values::PartialDate;

use crate::cell::{Cell, Row};
use crate::clean::{clean, note};
use crate::dates::read_date;
use crate::layout::{Layout, MappedColumn, RowKind, Slot};
use crate::reason::{Facts, Fault, Reason};
use crate::report::Sink;
use crate::spec::Class;

/// What a cell says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Date(PartialDate),
}

/// What a row says, field by field.
#[derive(Debug)]
pub(crate) struct Values<'a> {
    layout: &'a Layout,
    pub row: u32,
    values: Vec<Option<Value>>,
}

impl<'a> Values<'a> {
    /// Reads a row below the header; nothing when it is no row of the table.
    pub fn read(layout: &'a Layout, row: &Row, sink: &mut Sink) -> Option<Self> {
        if row.number <= layout.header_row {
            return None;
        }
        match layout.kind(row) {
            RowKind::Data => {}
            RowKind::Blank => return None,
            RowKind::Title | RowKind::Signature | RowKind::HeaderAgain => {
                sink.skipped.push(row.number);
                return None;
            }
        }
        sink.rows += 1;
        let mut values = vec![None; layout.columns.len()];
        for (index, cell) in &row.cells {
            let slot = layout.slot(*index);
            let column = match slot {
                Slot::Outside => continue,
                Slot::Unknown => None,
                Slot::Mapped(position) => layout.columns.get(position),
            };
            if column.is_some_and(|column| column.spec.class == Class::Ignored) {
                continue;
            }
            if cell.formula().is_some() {
                sink.fault(row.number, Some(*index), Reason::Formula, Facts::None);
                continue;
            }
            if let (Slot::Mapped(position), Some(column)) = (slot, column)
                && let Some(value) = values.get_mut(position)
            {
                *value = read_cell(column, cell, row.number, sink);
            }
        }
        Some(Self { layout, row: row.number, values })
    }

    /// The text of a field, when it is not empty.
    pub fn text(&self, code: &str) -> Option<&str> {
        match self.value(code)? {
            Value::Text(text) => Some(text),
            Value::Date(_) => None,
        }
    }

    /// The text of a field, or the empty one.
    pub fn text_or_empty(&self, code: &str) -> &str {
        self.text(code).unwrap_or_default()
    }

    /// The date of a field, when it was read.
    pub fn date(&self, code: &str) -> Option<PartialDate> {
        match self.value(code)? {
            Value::Date(date) => Some(*date),
            Value::Text(_) => None,
        }
    }

    /// Replaces the text of a field.
    pub fn set_text(&mut self, code: &str, text: String) {
        let position = self.layout.columns.iter().position(|column| column.spec.code == code);
        if let Some(value) = position.and_then(|position| self.values.get_mut(position)) {
            *value = Some(Value::Text(text));
        }
    }

    /// Every field that is not empty.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        let pairs = self.layout.columns.iter().zip(&self.values);
        pairs.filter_map(|(column, value)| Some((column.spec.code, value.as_ref()?)))
    }

    fn value(&self, code: &str) -> Option<&Value> {
        self.iter().find(|(other, _)| *other == code).map(|(_, value)| value)
    }

    /// The column of a field.
    pub fn column(&self, code: &str) -> Option<u16> {
        self.layout.index(code)
    }

    /// Notes a fault of a field of this row.
    pub fn fault(&self, sink: &mut Sink, code: &str, reason: Reason, facts: Facts) {
        sink.fault(self.row, self.layout.index(code), reason, facts);
    }
}

impl Sink {
    pub fn fault(&mut self, row: u32, column: Option<u16>, reason: Reason, facts: Facts) {
        self.faults.push(Fault { row, column, reason, facts });
    }

    /// Whether a cell of the row has a fault already; faults come row by row.
    pub fn is_faulty(&self, row: u32, column: Option<u16>) -> bool {
        self.faults.iter().rev().take_while(|fault| fault.row == row).any(|fault| fault.column == column)
    }
}

fn read_cell(column: &MappedColumn, cell: &Cell, row: u32, sink: &mut Sink) -> Option<Value> {
    let (text, changes) = match cell {
        Cell::Text(text) => clean(text, column.spec.class.width()),
        Cell::Number(_)
        | Cell::Date(_)
        | Cell::Month { .. }
        | Cell::Unreadable(_)
        | Cell::Bool(_)
        | Cell::Formula(_) => (cell.text(), Vec::new()),
    };
    note(&mut sink.changes, &changes, row);
    if text.is_empty() {
        return None;
    }
    if column.spec.class == Class::Date {
        let date = read_date(cell, &text);
        if date.is_none() {
            sink.fault(row, Some(column.index), Reason::DateUnreadable, Facts::None);
        }
        return date.map(Value::Date);
    }
    let length = text.chars().count();
    if length > column.spec.limit {
        let facts = Facts::Length { length: number(length), expected: number(column.spec.limit) };
        sink.fault(row, Some(column.index), Reason::TextTooLong, facts);
        return None;
    }
    if text.contains(is_forbidden) {
        sink.fault(row, Some(column.index), Reason::TextForbidden, Facts::None);
        return None;
    }
    Some(Value::Text(text))
}

/// The same characters that the domain's `Text` refuses.
pub(crate) fn is_forbidden(character: char) -> bool {
    let allowed_control = matches!(character, '\n' | '\r' | '\t');
    let bidirectional = matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    (character.is_control() && !allowed_control) || bidirectional
}

pub(crate) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

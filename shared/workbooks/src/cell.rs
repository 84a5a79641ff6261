//! A cell as it was read, and the names of columns.

use jiff::civil::Date;

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Text.
    Text(String),
    /// A number without a date format.
    Number(f64),
    /// A date, by its format; the time of day is dropped.
    Date(Date),
    /// A date whose format shows only year and month, on the first of a month: nobody said which day.
    Month {
        /// Year.
        year: i16,
        /// Month, 1–12.
        month: i8,
    },
    /// A date before 1900 or a time span: nothing that is read as a day.
    Unreadable(f64),
    /// True or false.
    Bool(bool),
    /// A formula without a value (or whose value is an error), with its text.
    Formula(String),
}

impl Cell {
    /// The cell as text, as Excel would show it; empty for a formula without value.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) | Self::Unreadable(number) => number_text(*number),
            Self::Date(date) => date.to_string(),
            Self::Month { year, month } => format!("{year:04}-{month:02}"),
            Self::Bool(true) => "TRUE".to_owned(),
            Self::Bool(false) => "FALSE".to_owned(),
            Self::Formula(_) => String::new(),
        }
    }

    /// Text that begins with `=` is a formula that a writer has made harmless.
    #[must_use]
    pub fn formula(&self) -> Option<&str> {
        match self {
            Self::Formula(formula) => Some(formula),
            Self::Text(text) if text.trim_start().starts_with('=') => Some(text),
            Self::Text(_)
            | Self::Number(_)
            | Self::Date(_)
            | Self::Month { .. }
            | Self::Unreadable(_)
            | Self::Bool(_) => None,
        }
    }
}

/// A row with content: its cells that are not empty, by column.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Row of the sheet, 1 = top.
    pub number: u32,
    /// Column (0 = A) and cell, ascending.
    pub cells: Vec<(u16, Cell)>,
}

impl Row {
    /// The cell of a column.
    #[must_use]
    pub fn cell(&self, column: u16) -> Option<&Cell> {
        self.cells.iter().find(|(index, _)| *index == column).map(|(_, cell)| cell)
    }
}

/// Whole numbers without a fraction; others in their shortest form.
#[must_use]
pub fn number_text(number: f64) -> String {
    // `{}` of an f64 prints whole numbers without a point and never uses an exponent.
    format!("{number}")
}

/// `A`, `B`, … `Z`, `AA`, … of a column (0 = A).
#[must_use]
pub fn letter(column: u16) -> String {
    let mut letters = Vec::new();
    let mut rest = u32::from(column) + 1;
    while rest > 0 {
        let digit = (rest - 1) % 26;
        letters.push(char::from(b'A' + u8::try_from(digit).unwrap_or(0)));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_as_excel_names_them() {
        assert_eq!(
            ["A", "Z", "AA", "AZ", "BA", "XFD"].map(str::to_owned),
            [0, 25, 26, 51, 52, 16383].map(letter)
        );
    }

    #[test]
    fn a_phone_number_typed_as_a_number_keeps_its_digits() {
        assert_eq!(number_text(13_800_000_000.0), "13800000000");
        assert_eq!(number_text(1994.05), "1994.05");
    }
}

//! The first values of each column: so a person sees whether a column was taken for what it is.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::book::Workbook;
use crate::cell::{Cell, letter};
use crate::clean::{Width, clean};
use crate::error::WorkbookError;
use crate::layout::{Layout, Slot};
use crate::reading::is_forbidden;

/// Rows that are looked at.
const ROWS: usize = 50;
/// Different values of a column that are shown.
const VALUES: usize = 2;
/// Characters of a value that are shown.
const LONGEST: usize = 40;

/// What stands in a column. It holds facts about persons, so it goes where the file itself may go and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Examples {
    /// Sheet.
    pub sheet: String,
    /// Column letter.
    pub column: String,
    /// Its first values, each once; a long one is cut.
    pub values: Vec<String>,
}

/// The first values of every column that has a title.
pub(crate) fn examples(book: &mut Workbook, layout: &Layout) -> Result<Vec<Examples>, WorkbookError> {
    let mut columns: BTreeMap<u16, Vec<String>> = BTreeMap::new();
    let mut rows = 0;
    for row in book.rows(&layout.sheet)? {
        let row = row?;
        if !layout.is_data(&row) {
            continue;
        }
        for (index, cell) in &row.cells {
            let text = shown(cell);
            let values = columns.entry(*index).or_default();
            let is_new = !text.is_empty() && !values.contains(&text);
            if is_new && values.len() < VALUES && layout.slot(*index) != Slot::Outside {
                values.push(text);
            }
        }
        rows += 1;
        if rows == ROWS {
            break;
        }
    }
    let found = columns.into_iter().filter(|(_, values)| !values.is_empty());
    let sheet = |(index, values)| Examples { sheet: layout.sheet.clone(), column: letter(index), values };
    Ok(found.map(sheet).collect())
}

fn shown(cell: &Cell) -> String {
    let text = clean(&cell.text(), Width::Nothing).0;
    let mut characters = text.chars().filter(|character| !is_forbidden(*character));
    let mut short: String = characters.by_ref().take(LONGEST).collect();
    if characters.next().is_some() {
        short.push('…');
    }
    short
}

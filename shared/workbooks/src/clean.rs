//! Makes cells comparable: white space, zero-width characters, full-width digits — and says so.

use std::collections::BTreeMap;

use serde::Serialize;

/// What was changed in a cell before it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// White space at the ends (U+3000 and U+00A0 too) was dropped.
    WhiteSpace,
    /// Zero-width characters were dropped.
    ZeroWidth,
    /// Full-width digits, letters or signs became half-width.
    FullWidth,
}

/// Which characters of a column are made half-width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// Numbers, dates, addresses: digits, letters and signs.
    Everything,
    /// Names and words: digits and letters; Chinese punctuation stays.
    Alphanumeric,
    /// Prose is kept as it was written.
    Nothing,
}

/// Cells changed, with their rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// How many cells.
    pub cells: u32,
    /// Sheet rows, ascending, each once.
    pub rows: Vec<u32>,
}

/// What was changed in a sheet.
pub type Changes = BTreeMap<Change, Changed>;

/// Notes that a cell of a row was changed.
pub(crate) fn note(changes: &mut Changes, kinds: &[Change], row: u32) {
    for kind in kinds {
        let changed = changes.entry(*kind).or_default();
        changed.cells += 1;
        if changed.rows.last() != Some(&row) {
            changed.rows.push(row);
        }
    }
}

/// The cleaned text, and what was changed. Cleaning twice is cleaning once.
#[must_use]
pub fn clean(text: &str, width: Width) -> (String, Vec<Change>) {
    let mut changes = Vec::new();
    // Most cells need nothing: they cost one look and one copy.
    if !text.chars().any(|character| is_zero_width(character) || half_width(character, width) != character) {
        let trimmed = text.trim();
        if trimmed.len() != text.len() {
            changes.push(Change::WhiteSpace);
        }
        return (trimmed.to_owned(), changes);
    }
    let mut visible: String = text.chars().filter(|character| !is_zero_width(*character)).collect();
    if visible.len() != text.len() {
        changes.push(Change::ZeroWidth);
    }
    let halved: String = visible.chars().map(|character| half_width(character, width)).collect();
    if halved != visible {
        changes.push(Change::FullWidth);
        visible = halved;
    }
    let trimmed = visible.trim();
    if trimmed.len() != visible.len() {
        changes.push(Change::WhiteSpace);
        visible = trimmed.to_owned();
    }
    (visible, changes)
}

fn is_zero_width(character: char) -> bool {
    matches!(character, '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}

fn half_width(character: char, width: Width) -> char {
    let convert = match width {
        Width::Nothing => false,
        Width::Alphanumeric => {
            matches!(character, '\u{FF10}'..='\u{FF19}' | '\u{FF21}'..='\u{FF3A}' | '\u{FF41}'..='\u{FF5A}')
        }
        Width::Everything => matches!(character, '\u{FF01}'..='\u{FF5E}'),
    };
    if convert { char::from_u32(u32::from(character) - 0xFEE0).unwrap_or(character) } else { character }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_full_width_number_becomes_a_number_and_is_said_so() {
        assert_eq!(
            clean("２００００４２", Width::Everything),
            ("2000042".to_owned(), vec![Change::FullWidth])
        );
    }

    #[test]
    fn ideographic_spaces_at_the_ends_are_dropped_and_inner_ones_stay() {
        assert_eq!(
            clean("\u{3000}王 芳 ", Width::Alphanumeric),
            ("王 芳".to_owned(), vec![Change::WhiteSpace])
        );
    }

    #[test]
    fn a_zero_width_character_hides_no_white_space() {
        let (text, changes) = clean("药学院 \u{200B}", Width::Alphanumeric);
        assert_eq!(text, "药学院");
        assert_eq!(changes, [Change::ZeroWidth, Change::WhiteSpace]);
    }

    #[test]
    fn chinese_punctuation_of_a_name_stays() {
        assert_eq!(clean("外科（二）", Width::Alphanumeric).0, "外科（二）");
    }

    proptest! {
        #[test]
        fn cleaning_twice_is_cleaning_once(text in "[ \u{3000}\u{200B}\u{FEFF}a-zＡ-Ｚ０-９（），王芳\n]{0,12}") {
            for width in [Width::Everything, Width::Alphanumeric, Width::Nothing] {
                let (once, _) = clean(&text, width);
                let (twice, changes) = clean(&once, width);
                prop_assert_eq!(&once, &twice);
                prop_assert!(changes.is_empty());
            }
        }
    }
}

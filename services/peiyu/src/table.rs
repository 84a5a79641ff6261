//! Tables for the terminal: columns line up although a Chinese character takes two places.

use unicode_width::UnicodeWidthStr;

/// Places after which a cell is cut, so that a line stays readable.
const WIDEST: usize = 48;

/// A table of texts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Titles only.
    pub(crate) fn new<const N: usize>(headers: [&str; N]) -> Self {
        Self { headers: headers.iter().map(|header| (*header).to_owned()).collect(), rows: Vec::new() }
    }

    /// One more row.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// True without rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as lines, none with blanks at its end.
    pub(crate) fn render(&self) -> String {
        let widths: Vec<usize> = (0..self.headers.len()).map(|column| self.width_of(column)).collect();
        let line = |cells: &[String]| {
            let padded: Vec<String> =
                cells.iter().zip(&widths).map(|(cell, width)| pad(&clip(cell), *width)).collect();
            padded.join("  ").trim_end().to_owned()
        };
        let mut lines = vec![line(&self.headers)];
        lines.push("─".repeat(widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1)));
        lines.extend(self.rows.iter().map(|row| line(row)));
        lines.join("\n")
    }

    fn width_of(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column)).chain(self.headers.get(column));
        cells.map(|cell| clip(cell).width()).max().unwrap_or(0)
    }
}

/// `text` with blanks up to `width` places.
pub(crate) fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(missing))
}

/// The first line, cut where it gets too wide.
fn clip(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default();
    if first.width() <= WIDEST && first.len() == text.len() {
        return text.to_owned();
    }
    let mut clipped = String::new();
    for character in first.chars() {
        if clipped.width() + 2 > WIDEST {
            break;
        }
        clipped.push(character);
    }
    clipped.push('…');
    clipped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_by_places_not_by_characters() {
        let mut table = Table::new(["工号", "姓名", "天数"]);
        table.row(["D0001".into(), "王小明".into(), "3".into()]);
        table.row(["D0002".into(), "Li".into(), "12".into()]);
        let text = table.render();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "工号   姓名    天数");
        assert_eq!(lines[2], "D0001  王小明  3");
        assert_eq!(lines[3], "D0002  Li      12");
    }

    #[test]
    fn a_long_cell_is_cut_and_says_so() {
        let mut table = Table::new(["谈话内容"]);
        table.row(["很".repeat(100)]);
        let text = table.render();
        let widest = text.lines().map(UnicodeWidthStr::width).max();
        assert!(widest <= Some(WIDEST + 1), "{widest:?}");
        assert!(text.ends_with('…'));
    }
}

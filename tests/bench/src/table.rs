//! The table: what was measured, against what, the ratio and the bar.

use std::fmt;

/// Which way a ratio is good.
#[derive(Debug, Clone, Copy)]
pub enum Bar {
    /// At least.
    AtLeast(f64),
    /// At most.
    AtMost(f64),
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(bar) => write!(f, ">= {bar}"),
            Self::AtMost(bar) => write!(f, "<= {bar}"),
        }
    }
}

/// One measured ratio.
#[derive(Debug)]
pub struct Row {
    /// What was measured.
    pub what: String,
    /// Ours, with its unit.
    pub ours: String,
    /// Against what, with its unit.
    pub peer: String,
    /// Ours by the peer's.
    pub ratio: f64,
    /// What the ratio should be.
    pub bar: Bar,
}

/// Rows in the order of their measuring.
#[derive(Debug, Default)]
pub struct Table(Vec<Row>);

impl Table {
    /// One more row; printed at once too, so that a broken-off run has shown something.
    pub fn row(&mut self, what: impl Into<String>, ours: String, peer: String, ratio: f64, bar: Bar) {
        let row = Row { what: what.into(), ours, peer, ratio, bar };
        println!("{row}");
        self.0.push(row);
    }

    /// The rows from a number on.
    pub fn since(&self, first: usize) -> &[Row] {
        self.0.get(first..).unwrap_or_default()
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl Row {
    /// Whether the bar is met.
    pub fn holds(&self) -> bool {
        match self.bar {
            Bar::AtLeast(bar) => self.ratio >= bar,
            Bar::AtMost(bar) => self.ratio <= bar,
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.holds() { "met" } else { "MISSED" };
        write!(
            f,
            "| {} | {} | {} | {:.2} | {} | {verdict} |",
            self.what, self.ours, self.peer, self.ratio, self.bar
        )
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n| what | ours | peer | ratio | bar | |")?;
        writeln!(f, "|---|---|---|---|---|---|")?;
        self.0.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}

/// The median; 0 of nothing.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// The value below which `share` of all lie.
pub fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index into the slice")]
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 values")]
    let index = ((values.len() as f64 - 1.0) * share).round() as usize;
    values.get(index).copied().unwrap_or(0.0)
}

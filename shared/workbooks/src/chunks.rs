//! The second pass over a checked sheet: its good rows, in chunks.

use crate::book::Rows;
use crate::cell::Row;
use crate::error::WorkbookError;
use crate::report::Report;

/// Makes something of a row.
type ReadRow<'a, R> = Box<dyn Fn(&Row) -> Option<R> + 'a>;

/// Chunks of good rows, each of `size` rows but the last.
pub struct Chunks<'a, R> {
    rows: Rows<'a>,
    report: &'a Report,
    read: ReadRow<'a, R>,
    size: usize,
}

impl<'a, R> Chunks<'a, R> {
    /// `read` makes something of a row that was not rejected, or `None` of a blank one.
    pub(crate) fn new(
        rows: Rows<'a>,
        report: &'a Report,
        size: usize,
        read: impl Fn(&Row) -> Option<R> + 'a,
    ) -> Self {
        Self { rows, report, read: Box::new(read), size: size.max(1) }
    }
}

impl<R> Iterator for Chunks<'_, R> {
    type Item = Result<Vec<R>, WorkbookError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut chunk = Vec::with_capacity(self.size);
        while chunk.len() < self.size {
            match self.rows.next() {
                None => break,
                Some(Err(error)) => return Some(Err(error)),
                Some(Ok(row)) if self.report.is_rejected(row.number) => {}
                Some(Ok(row)) => chunk.extend((self.read)(&row)),
            }
        }
        (!chunk.is_empty()).then_some(Ok(chunk))
    }
}

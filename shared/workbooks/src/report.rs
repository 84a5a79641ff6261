//! What the first pass over a sheet found: counts, reasons, rows, mapping, and what was normalised.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::cell::letter;
use crate::clean::Changes;
use crate::layout::Layout;
use crate::reason::{Fault, Reason};
use crate::spec::Class;

/// A column that was recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mapped {
    /// Column letter.
    pub column: String,
    /// Its title.
    pub header: String,
    /// Name of the field.
    pub field: &'static str,
    /// Usual title of the field.
    pub title: &'static str,
}

/// A column that was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnknownColumn {
    /// Column letter.
    pub column: String,
    /// Its title.
    pub header: String,
}

/// What a check found in one sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Sheet.
    pub sheet: String,
    /// Row of the titles, 1 = top.
    pub header_row: u32,
    /// Columns that are read.
    pub mapping: Vec<Mapped>,
    /// Columns that are left out.
    pub unknown_columns: Vec<UnknownColumn>,
    /// Titles of columns that could be there and are not.
    pub missing_columns: Vec<&'static str>,
    /// Rows with content; blank, title and signature rows are none.
    pub rows: u32,
    /// Rows that are right in all their cells.
    pub accepted: u32,
    /// Rows that are not.
    pub rejected: u32,
    /// Rows by reason; a row with several faults counts under each.
    pub rejected_by_reason: BTreeMap<Reason, u32>,
    /// Sheet rows rejected, ascending.
    pub rejected_rows: Vec<u32>,
    /// Every fault, by row and column.
    pub faults: Vec<Fault>,
    /// What was changed before reading, by kind.
    pub normalised: Changes,
    /// Title, signature and repeated header rows below the header, which are no rows.
    pub skipped_rows: Vec<u32>,
}

/// What a pass gathers on its way.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    pub rows: u32,
    pub faults: Vec<Fault>,
    pub changes: Changes,
    pub skipped: Vec<u32>,
}

impl Report {
    pub(crate) fn new(layout: &Layout, sink: Sink) -> Self {
        let Sink { rows, mut faults, changes, skipped } = sink;
        faults.sort_by_key(|fault| (fault.row, fault.column, fault.reason));
        faults.dedup();
        let by_row: BTreeSet<(Reason, u32)> = faults.iter().map(|fault| (fault.reason, fault.row)).collect();
        let mut rejected_by_reason = BTreeMap::new();
        for (reason, _) in &by_row {
            *rejected_by_reason.entry(*reason).or_insert(0) += 1;
        }
        let mut rejected_rows: Vec<u32> = faults.iter().map(|fault| fault.row).collect();
        rejected_rows.dedup();
        let rejected = u32::try_from(rejected_rows.len()).unwrap_or(u32::MAX);
        Self {
            sheet: layout.sheet.clone(),
            header_row: layout.header_row,
            mapping: layout
                .columns
                .iter()
                .filter(|column| column.spec.class != Class::Ignored)
                .map(mapped)
                .collect(),
            unknown_columns: layout
                .unknown
                .iter()
                .map(|(index, header)| UnknownColumn { column: letter(*index), header: header.clone() })
                .collect(),
            missing_columns: layout.missing.iter().map(|spec| spec.title).collect(),
            rows,
            accepted: rows.saturating_sub(rejected),
            rejected,
            rejected_by_reason,
            rejected_rows,
            faults,
            normalised: changes,
            skipped_rows: skipped,
        }
    }

    /// Whether a row was rejected.
    #[must_use]
    pub fn is_rejected(&self, row: u32) -> bool {
        self.rejected_rows.binary_search(&row).is_ok()
    }

    /// The faults of a row.
    #[must_use]
    pub fn faults_of(&self, row: u32) -> &[Fault] {
        let start = self.faults.partition_point(|fault| fault.row < row);
        let end = self.faults.partition_point(|fault| fault.row <= row);
        self.faults.get(start..end).unwrap_or_default()
    }

    /// Refusals by the reasons' names, as events and JSON carry them.
    #[must_use]
    pub fn reasons_by_code(&self) -> BTreeMap<String, u32> {
        self.rejected_by_reason.iter().map(|(reason, rows)| (reason.code().to_owned(), *rows)).collect()
    }

    /// Column letter to field name, as the import's first event carries it.
    #[must_use]
    pub fn mapping_by_letter(&self) -> BTreeMap<String, String> {
        self.mapping.iter().map(|column| (column.column.clone(), column.field.to_owned())).collect()
    }
}

fn mapped(column: &crate::layout::MappedColumn) -> Mapped {
    Mapped {
        column: letter(column.index),
        header: column.header.clone(),
        field: column.spec.code,
        title: column.spec.title,
    }
}

//! What an import came to.

use std::collections::BTreeMap;

use peiyu_domain::import::{ChunkCounts, ImportKind};
use peiyu_domain::person::Field;
use peiyu_domain::values::Category;
use peiyu_workbooks::{Changes, Fault, Mapped, Report, UnknownColumn};
use serde::Serialize;

use super::check::Checked;

/// Counts and faults of a run, or of a dry run.
#[derive(Debug, Clone, Serialize)]
pub struct ImportReport {
    /// What it was.
    pub kind: ImportKind,
    /// Rows with content.
    pub rows: u32,
    /// Rows taken in.
    pub accepted: u32,
    /// Never accepted before.
    pub new: u32,
    /// With other values than before.
    pub changed: u32,
    /// As before.
    pub unchanged: u32,
    /// Accepted, with a contradiction that was left to people.
    pub conflicts: u32,
    /// Refused.
    pub rejected: u32,
    /// Refusals by reason.
    pub rejected_by_reason: BTreeMap<String, u32>,
    /// Sheet rows refused, 1 = top.
    pub rejected_rows: Vec<u32>,
    /// Persons of an earlier roster that this file does not name.
    pub absent: u32,
    /// Whether that was judged: a file of rejected rows says nothing of whom it does not name.
    pub absence_judged: bool,
    /// The conflicts themselves, the first [`MOST_CONFLICTS`]. They hold facts about persons, so they go to whoever
    /// may see these persons, and never where the report is kept.
    #[serde(skip)]
    pub found: Vec<Conflict>,
    /// Rows whose person is in the pool afterwards.
    pub pool: u32,
    /// The same by category.
    pub pool_by_category: BTreeMap<Category, u32>,
    /// Per sheet: how it was read and what is wrong where.
    pub sheets: Vec<SheetReport>,
}

/// Conflicts that are listed; all of them are counted.
pub const MOST_CONFLICTS: usize = 1_000;

/// A value of a roster that was not taken in, because another one stands above it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// Sheet row, 1 = top.
    pub row: u32,
    /// Whose.
    pub staff_number: String,
    /// The field.
    pub field: Field,
    /// What the roster says.
    pub roster_value: String,
    /// What stays.
    pub kept_value: String,
    /// What it is: a `correction` by hand, the `members_list` (党员名册), or the `record` as it stood before.
    pub kept_by: &'static str,
}

/// How a sheet was read, and its faults.
#[derive(Debug, Clone, Serialize)]
pub struct SheetReport {
    /// Sheet.
    pub sheet: String,
    /// Row of the titles, 1 = top.
    pub header_row: u32,
    /// Columns that are read.
    pub mapping: Vec<Mapped>,
    /// Columns that are left out.
    pub unknown_columns: Vec<UnknownColumn>,
    /// What was changed before reading.
    pub normalised: Changes,
    /// Every fault.
    pub faults: Vec<Fault>,
}

impl ImportReport {
    pub(crate) fn new(kind: ImportKind, checked: &Checked) -> Self {
        let reports = checked.reports();
        let sum = |count: fn(&Report) -> u32| reports.iter().map(|report| count(report)).sum();
        let mut rejected_by_reason = BTreeMap::new();
        for (reason, rows) in reports.iter().flat_map(|report| report.reasons_by_code()) {
            *rejected_by_reason.entry(reason).or_insert(0) += rows;
        }
        Self {
            kind,
            rows: sum(|report| report.rows),
            accepted: 0,
            new: 0,
            changed: 0,
            unchanged: 0,
            conflicts: 0,
            rejected: sum(|report| report.rejected),
            rejected_by_reason,
            rejected_rows: reports.iter().flat_map(|report| report.rejected_rows.clone()).collect(),
            absent: 0,
            absence_judged: kind == ImportKind::Roster && !checked.is_rejects(),
            found: Vec::new(),
            pool: 0,
            pool_by_category: BTreeMap::new(),
            sheets: reports.into_iter().map(SheetReport::new).collect(),
        }
    }

    pub(crate) fn with(mut self, counts: &ChunkCounts, absent: u32, found: Vec<Conflict>) -> Self {
        self.found = found;
        self.accepted = counts.accepted;
        self.new = counts.new;
        self.changed = counts.changed;
        self.unchanged = counts.unchanged;
        self.conflicts = counts.conflicts;
        self.pool = counts.pool;
        self.pool_by_category = counts.pool_by_category.clone();
        self.absent = absent;
        self
    }
}

impl SheetReport {
    fn new(report: &Report) -> Self {
        Self {
            sheet: report.sheet.clone(),
            header_row: report.header_row,
            mapping: report.mapping.clone(),
            unknown_columns: report.unknown_columns.clone(),
            normalised: report.normalised.clone(),
            faults: report.faults.clone(),
        }
    }
}

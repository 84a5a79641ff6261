//! 党组织: one tree, every organisation under a known one, none under itself.

use std::collections::HashMap;

use jiff::civil::Date;
use peiyu_domain::values::PartialDate;

use super::OrganisationRow;
use crate::book::Workbook;
use crate::error::{TreeFault, WorkbookError};
use crate::kinds::organisation_kind;
use crate::layout::Layout;
use crate::reading::Values;
use crate::reason::Reason;
use crate::report::{Report, Sink};

/// The organisations, each after the one above it.
pub(super) fn read(
    book: &mut Workbook,
    layout: &Layout,
) -> Result<(Vec<OrganisationRow>, Report), WorkbookError> {
    let mut sink = Sink::default();
    let mut organisations = Vec::new();
    for row in book.rows(&layout.sheet)? {
        let row = row?;
        let Some(values) = Values::read(layout, &row, &mut sink) else { continue };
        if let Some(fault) = sink.faults.first() {
            let what = match fault.reason {
                Reason::DateUnreadable => TreeFault::DateUnreadable,
                Reason::Formula => TreeFault::Formula,
                _ => TreeFault::Text,
            };
            return Err(WorkbookError::tree(
                &layout.sheet,
                fault.row,
                fault.column.unwrap_or_default(),
                what,
            ));
        }
        organisations.push(organisation(&values, layout)?);
    }
    let ordered = Tree { layout, organisations }.ordered()?;
    Ok((ordered, Report::new(layout, sink)))
}

fn organisation(values: &Values<'_>, layout: &Layout) -> Result<OrganisationRow, WorkbookError> {
    let refuse = |code: &str, fault| {
        WorkbookError::tree(&layout.sheet, values.row, layout.index(code).unwrap_or_default(), fault)
    };
    let required = |code: &str, title| {
        values.text(code).map(str::to_owned).ok_or_else(|| refuse(code, TreeFault::Empty { title }))
    };
    let kind = required("kind", "组织类型")?;
    Ok(OrganisationRow {
        row: values.row,
        number: required("number", "组织编号")?,
        name: required("name", "组织名称")?,
        kind: organisation_kind(&kind, values.text_or_empty("approval"))
            .ok_or_else(|| refuse("kind", TreeFault::UnknownKind { kind: kind.clone() }))?,
        parent: values.text("parent").map(str::to_owned),
        unit: values.text("unit").map(str::to_owned),
        room: values.text("room").map(str::to_owned),
        founded_on: day(values.date("founded_on")),
    })
}

/// Of an old organisation often only the month is known; then the day stays unknown.
fn day(date: Option<PartialDate>) -> Option<Date> {
    match date? {
        PartialDate::Day(day) => Some(day),
        PartialDate::Month(_) => None,
    }
}

struct Tree<'a> {
    layout: &'a Layout,
    organisations: Vec<OrganisationRow>,
}

impl Tree<'_> {
    fn refuse(&self, row: u32, code: &str, fault: TreeFault) -> WorkbookError {
        WorkbookError::tree(&self.layout.sheet, row, self.layout.index(code).unwrap_or_default(), fault)
    }

    fn ordered(self) -> Result<Vec<OrganisationRow>, WorkbookError> {
        let by_number = self.by_number()?;
        let parents = self.parents(&by_number)?;
        self.check_root()?;
        let order = self.order(&parents)?;
        let mut rows: Vec<Option<OrganisationRow>> = self.organisations.into_iter().map(Some).collect();
        Ok(order.into_iter().filter_map(|index| rows.get_mut(index).and_then(Option::take)).collect())
    }

    fn by_number(&self) -> Result<HashMap<&str, usize>, WorkbookError> {
        let mut by_number = HashMap::new();
        for (index, organisation) in self.organisations.iter().enumerate() {
            let earlier = by_number.insert(organisation.number.as_str(), index);
            if let Some(first) = earlier.and_then(|first| self.organisations.get(first)) {
                let fault =
                    TreeFault::RepeatedNumber { number: organisation.number.clone(), first_row: first.row };
                return Err(self.refuse(organisation.row, "number", fault));
            }
        }
        Ok(by_number)
    }

    fn parents(&self, by_number: &HashMap<&str, usize>) -> Result<Vec<Option<usize>>, WorkbookError> {
        let parent_of = |organisation: &OrganisationRow| {
            let Some(parent) = &organisation.parent else { return Ok(None) };
            by_number.get(parent.as_str()).copied().map(Some).ok_or_else(|| {
                self.refuse(organisation.row, "parent", TreeFault::UnknownParent { number: parent.clone() })
            })
        };
        self.organisations.iter().map(parent_of).collect()
    }

    fn check_root(&self) -> Result<(), WorkbookError> {
        let mut roots = self.organisations.iter().filter(|organisation| organisation.parent.is_none());
        match (roots.next(), roots.next()) {
            (Some(_), None) => Ok(()),
            (Some(first), Some(second)) => {
                Err(self.refuse(second.row, "parent", TreeFault::TwoRoots { first_row: first.row }))
            }
            // Everybody under somebody: there must be a circle, which says more than that no root exists.
            (None, _) if !self.organisations.is_empty() => Ok(()),
            (None, _) => Err(self.refuse(self.layout.header_row, "number", TreeFault::NoRoot)),
        }
    }

    /// Level by level from the root; whoever is never reached stands in or under a circle.
    fn order(&self, parents: &[Option<usize>]) -> Result<Vec<usize>, WorkbookError> {
        let mut children: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
        for (index, parent) in parents.iter().enumerate() {
            children.entry(*parent).or_default().push(index);
        }
        let mut order: Vec<usize> = children.remove(&None).unwrap_or_default();
        let mut position = 0;
        while let Some(index) = order.get(position) {
            let below = children.remove(&Some(*index)).unwrap_or_default();
            order.extend(below);
            position += 1;
        }
        let Some(start) = children.values().flatten().min().copied() else { return Ok(order) };
        let rows = self.circle(start, parents);
        let first = rows.first().copied().unwrap_or_default();
        Err(self.refuse(first, "parent", TreeFault::Cycle { rows }))
    }

    /// Goes up as often as there are organisations, which surely ends in the circle; then once round.
    fn circle(&self, start: usize, parents: &[Option<usize>]) -> Vec<u32> {
        let up = |index: usize| parents.get(index).copied().flatten().unwrap_or(index);
        let inside = (0..parents.len()).fold(start, |index, _| up(index));
        let mut rows = Vec::new();
        let mut index = inside;
        loop {
            rows.extend(self.organisations.get(index).map(|organisation| organisation.row));
            index = up(index);
            if index == inside {
                break;
            }
        }
        rows.sort_unstable();
        rows
    }
}

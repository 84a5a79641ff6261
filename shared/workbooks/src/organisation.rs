//! The organisation workbook: the tree (党组织), offices (任职) and members (党员名册).
//!
//! A fault of the tree refuses the file, for everything else hangs on it; a fault of an office or of a
//! member rejects its row.

use std::collections::HashMap;
use std::path::Path;

use jiff::civil::Date;
use peiyu_domain::values::{OfficeKind, OrganisationKind, PartialDate, Standing};

use crate::book::Workbook;
use crate::error::WorkbookError;
use crate::examples::{Examples, examples};
use crate::kinds::{office_kind, standing};
use crate::layout::Layout;
use crate::limits::Limits;
use crate::mapping::Mapping;
use crate::reading::Values;
use crate::reason::{Facts, Reason};
use crate::rejects::{Which, write_sheets};
use crate::repeats::Repeats;
use crate::report::{Report, Sink};
use crate::spec::{self, ColumnSpec};
use crate::units::KnownUnits;

mod tree;

/// An organisation workbook as a Party office keeps it.
#[derive(Debug, Clone, Copy)]
pub struct OrganisationFile;

/// An organisation of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationRow {
    /// Sheet row, 1 = top.
    pub row: u32,
    /// 组织编号.
    pub number: String,
    /// 组织名称.
    pub name: String,
    /// Kind, right of approval included.
    pub kind: OrganisationKind,
    /// 上级组织编号; none for the one at the top.
    pub parent: Option<String>,
    /// 对应单位.
    pub unit: Option<String>,
    /// 对应教研室.
    pub room: Option<String>,
    /// 成立时间.
    pub founded_on: Option<Date>,
}

/// An office as somebody holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficeRow {
    /// Sheet row, 1 = top.
    pub row: u32,
    /// 工号 of the holder.
    pub staff_number: String,
    /// 姓名 of the holder.
    pub name: String,
    /// 组织编号.
    pub organisation: String,
    /// Kind of office.
    pub office: OfficeKind,
    /// 职务 as written.
    pub title: String,
    /// 任职时间.
    pub from: Date,
    /// 免职时间, the first day on which the office is no longer held.
    pub until: Option<Date>,
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRow {
    /// Sheet row, 1 = top.
    pub row: u32,
    /// 工号.
    pub staff_number: String,
    /// 姓名.
    pub name: String,
    /// 人员类别.
    pub standing: Standing,
    /// 入党时间.
    pub joined_on: Option<PartialDate>,
    /// 转正时间.
    pub full_since: Option<PartialDate>,
    /// 所在党支部编号.
    pub branch: String,
}

/// An organisation workbook that was checked and can be taken in.
#[derive(Debug)]
pub struct OrganisationCheck {
    /// The tree, each organisation after the one above it.
    pub organisations: Vec<OrganisationRow>,
    /// Good rows of 任职.
    pub offices: Vec<OfficeRow>,
    /// Good rows of 党员名册.
    pub members: Vec<MemberRow>,
    /// About 党组织.
    pub tree_report: Report,
    /// About 任职.
    pub offices_report: Report,
    /// About 党员名册.
    pub members_report: Report,
    book: Workbook,
    tree_layout: Layout,
    offices_layout: Layout,
    members_layout: Layout,
}

impl OrganisationFile {
    /// Reads the workbook; its rows are held in memory, at most [`Limits::rows`] of each sheet.
    ///
    /// # Errors
    /// When the file is refused as a whole; faults of the tree name row and column.
    pub fn check(path: &Path, limits: Limits) -> Result<OrganisationCheck, WorkbookError> {
        let mut book = Workbook::open(path, limits)?;
        let tree_layout = find(&mut book, spec::ORGANISATIONS, "党组织")?;
        let offices_layout = find(&mut book, spec::OFFICES, "任职")?;
        let members_layout = find(&mut book, spec::MEMBERS, "党员名册")?;
        let (organisations, tree_report) = tree::read(&mut book, &tree_layout)?;
        let known = organisations.iter().map(|row| (row.number.as_str(), row)).collect();
        let (offices, offices_report) = read_offices(&mut book, &offices_layout, &known)?;
        let (members, members_report) = read_members(&mut book, &members_layout, &known)?;
        Ok(OrganisationCheck {
            organisations,
            offices,
            members,
            tree_report,
            offices_report,
            members_report,
            book,
            tree_layout,
            offices_layout,
            members_layout,
        })
    }
}

impl OrganisationCheck {
    /// The units and rooms that a roster may name.
    #[must_use]
    pub fn units(&self) -> KnownUnits {
        let mut units = KnownUnits::default();
        for organisation in &self.organisations {
            if let Some(unit) = &organisation.unit {
                units.add(unit, organisation.room.as_deref());
            }
        }
        units
    }

    /// The first values of each column of the three sheets.
    ///
    /// # Errors
    /// When a sheet cannot be read again.
    pub fn examples(&mut self) -> Result<Vec<Examples>, WorkbookError> {
        let mut all = Vec::new();
        for layout in [&self.tree_layout, &self.offices_layout, &self.members_layout] {
            all.extend(examples(&mut self.book, layout)?);
        }
        Ok(all)
    }

    /// Writes the rejected rows of 任职 and 党员名册 with the reasons beside them, and the whole tree, without which
    /// they could not be imported again.
    ///
    /// # Errors
    /// When a sheet cannot be read again or the file cannot be written.
    pub fn write_rejected(&mut self, out: &Path) -> Result<(), WorkbookError> {
        let sheets = [
            (&self.tree_layout, &self.tree_report, Which::All),
            (&self.offices_layout, &self.offices_report, Which::Rejected),
            (&self.members_layout, &self.members_report, Which::Rejected),
        ];
        write_sheets(&mut self.book, &sheets, out)
    }
}

type Known<'a> = HashMap<&'a str, &'a OrganisationRow>;

fn find(book: &mut Workbook, specs: &'static [ColumnSpec], usual: &str) -> Result<Layout, WorkbookError> {
    let is_another = |error: &WorkbookError| match error {
        // Some columns of another sheet have the same titles: then it is the sheet that is missing.
        WorkbookError::MissingColumn { sheet, .. } => !sheet.contains(usual),
        WorkbookError::NoHeader { .. } => true,
        _ => false,
    };
    Layout::find(book, specs, &Mapping::default(), usual).map_err(|error| match is_another(&error) {
        true => WorkbookError::NoSheet { wanted: usual.to_owned(), sheets: book.sheets().to_vec() },
        false => error,
    })
}

fn read_offices(
    book: &mut Workbook,
    layout: &Layout,
    known: &Known<'_>,
) -> Result<(Vec<OfficeRow>, Report), WorkbookError> {
    let mut sink = Sink::default();
    let mut offices = Vec::new();
    for row in book.rows(&layout.sheet)? {
        let row = row?;
        let Some(values) = Values::read(layout, &row, &mut sink) else { continue };
        require_person(&values, &mut sink);
        require(&values, &mut sink, "title", Reason::TitleMissing);
        let organisation = require_organisation(&values, &mut sink, "organisation", known);
        let from = required_day(&values, &mut sink, "from");
        let until = optional_day(&values, &mut sink, "until");
        if let (Some(from), Some(until)) = (from, until)
            && until < from
        {
            values.fault(&mut sink, "until", Reason::TermReversed, Facts::None);
        }
        let (Some(organisation), Some(from)) = (organisation, from) else { continue };
        let title = values.text_or_empty("title");
        offices.push(OfficeRow {
            row: row.number,
            staff_number: values.text_or_empty("staff_number").to_owned(),
            name: values.text_or_empty("name").to_owned(),
            organisation: organisation.number.clone(),
            office: office_kind(title, organisation.kind, &organisation.name),
            title: title.to_owned(),
            from,
            until,
        });
    }
    let report = Report::new(layout, sink);
    offices.retain(|office| !report.is_rejected(office.row));
    Ok((offices, report))
}

fn read_members(
    book: &mut Workbook,
    layout: &Layout,
    known: &Known<'_>,
) -> Result<(Vec<MemberRow>, Report), WorkbookError> {
    let mut sink = Sink::default();
    let mut members = Vec::new();
    let mut repeats = Repeats::default();
    for row in book.rows(&layout.sheet)? {
        let row = row?;
        let Some(values) = Values::read(layout, &row, &mut sink) else { continue };
        require_person(&values, &mut sink);
        if let Some(staff_number) = values.text("staff_number") {
            repeats.add(staff_number, values.text_or_empty("name"), row.number);
        }
        let branch = require_organisation(&values, &mut sink, "branch", known);
        let Some(standing) = values.text("standing").and_then(standing) else {
            values.fault(&mut sink, "standing", Reason::StandingUnknown, Facts::None);
            continue;
        };
        let Some(branch) = branch else { continue };
        members.push(MemberRow {
            row: row.number,
            staff_number: values.text_or_empty("staff_number").to_owned(),
            name: values.text_or_empty("name").to_owned(),
            standing,
            joined_on: values.date("joined_on"),
            full_since: values.date("full_since"),
            branch: branch.number.clone(),
        });
    }
    repeats.judge(layout.index("staff_number"), &mut sink);
    let report = Report::new(layout, sink);
    members.retain(|member| !report.is_rejected(member.row));
    Ok((members, report))
}

fn require_person(values: &Values<'_>, sink: &mut Sink) {
    require(values, sink, "staff_number", Reason::StaffNumberMissing);
    require(values, sink, "name", Reason::NameMissing);
}

/// A cell must be filled; one that is faulty already is not called empty as well.
pub(crate) fn require(values: &Values<'_>, sink: &mut Sink, code: &str, reason: Reason) {
    if values.text(code).is_none() && !sink.is_faulty(values.row, values.column(code)) {
        values.fault(sink, code, reason, Facts::None);
    }
}

fn require_organisation<'a>(
    values: &Values<'_>,
    sink: &mut Sink,
    code: &str,
    known: &Known<'a>,
) -> Option<&'a OrganisationRow> {
    let organisation = known.get(values.text_or_empty(code)).copied();
    if organisation.is_none() {
        values.fault(sink, code, Reason::OrganisationUnknown, Facts::None);
    }
    organisation
}

/// A day; a month alone does not say since when an office is held.
pub(crate) fn required_day(values: &Values<'_>, sink: &mut Sink, code: &str) -> Option<Date> {
    let day = optional_day(values, sink, code);
    if day.is_none() && !sink.is_faulty(values.row, values.column(code)) {
        values.fault(sink, code, Reason::DateUnreadable, Facts::None);
    }
    day
}

fn optional_day(values: &Values<'_>, sink: &mut Sink, code: &str) -> Option<Date> {
    match values.date(code)? {
        PartialDate::Day(day) => Some(day),
        PartialDate::Month(_) => {
            values.fault(sink, code, Reason::DateUnreadable, Facts::None);
            None
        }
    }
}

#[cfg(test)]
mod tests;

//! Finds the sheet, the header row and which column is which.

use crate::book::Workbook;
use crate::cell::{Cell, Row, letter};
use crate::clean::{Width, clean};
use crate::error::WorkbookError;
use crate::mapping::{IGNORE, Mapping};
use crate::spec::{Class, ColumnSpec};
use crate::units::nearest;

/// Rows with content among which the header is looked for.
const SCANNED_ROWS: usize = 50;
/// Fewer known titles in a row are a coincidence.
const LEAST_TITLES: usize = 2;
/// How the line below a table begins that offices sign.
const SIGNATURES: &[&str] = &[
    "制表",
    "填表",
    "填报",
    "审核",
    "审批人",
    "负责人",
    "单位负责人",
    "部门负责人",
    "复核",
    "经办",
    "盖章",
    "(盖章)",
    "合计",
    "总计",
    "小计",
    "注:",
    "备注:",
    "说明:",
    "联系人:",
];

/// A column that was recognised.
#[derive(Debug, Clone)]
pub(crate) struct MappedColumn {
    pub index: u16,
    pub header: String,
    pub spec: &'static ColumnSpec,
}

/// What a sheet looks like.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub sheet: String,
    pub header_row: u32,
    pub columns: Vec<MappedColumn>,
    pub unknown: Vec<(u16, String)>,
    pub missing: Vec<&'static ColumnSpec>,
    /// By column: position in `columns`, or that it is unknown but has a title.
    by_index: Vec<Slot>,
}

/// What a column of the sheet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// Without a title: not part of the table.
    Outside,
    /// With a title that says nothing to Peiyu.
    Unknown,
    /// Position among the mapped columns.
    Mapped(usize),
}

/// What a row below the header is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowKind {
    Data,
    Blank,
    Title,
    Signature,
    HeaderAgain,
}

impl Layout {
    /// Looks for the best header row, which must have every column that is needed, once.
    pub fn find(
        book: &mut Workbook,
        specs: &'static [ColumnSpec],
        mapping: &Mapping,
        usual_sheet: &str,
    ) -> Result<Self, WorkbookError> {
        Self::look(book, specs, mapping, usual_sheet)?.checked()
    }

    /// Looks through the visible sheets (or the one that the mapping names) for the best header row.
    pub fn look(
        book: &mut Workbook,
        specs: &'static [ColumnSpec],
        mapping: &Mapping,
        usual_sheet: &str,
    ) -> Result<Self, WorkbookError> {
        mapping.check(specs)?;
        let sheets = sheets_to_read(book, mapping)?;
        let titles = Titles::new(specs, mapping);
        let mut best: Option<(Rank, Self)> = None;
        let mut is_empty = true;
        for sheet in &sheets {
            for row in book.rows(sheet)?.take(SCANNED_ROWS) {
                let row = row?;
                is_empty = false;
                if mapping.header_row.is_some_and(|wanted| wanted != row.number) {
                    continue;
                }
                let candidate = titles.layout(sheet, &row, specs);
                let rank = candidate.rank(usual_sheet);
                if candidate.columns.len() >= LEAST_TITLES
                    && best.as_ref().is_none_or(|(best, _)| rank > *best)
                {
                    best = Some((rank, candidate));
                }
            }
        }
        match best {
            Some((_, layout)) => Ok(layout),
            None if is_empty => Err(WorkbookError::Empty),
            None => Err(WorkbookError::NoHeader {
                sheets,
                wanted: specs.iter().filter(|spec| spec.required).map(|spec| spec.title).collect(),
            }),
        }
    }

    /// More is better: complete, on the sheet of the usual name, most titles, named columns first.
    fn rank(&self, usual_sheet: &str) -> Rank {
        let complete = !self.missing.iter().any(|spec| spec.required);
        (complete, self.sheet.contains(usual_sheet), self.columns.len())
    }

    /// Refuses what is missing or double.
    fn checked(self) -> Result<Self, WorkbookError> {
        for (position, column) in self.columns.iter().enumerate() {
            let earlier =
                self.columns.iter().take(position).find(|other| other.spec.code == column.spec.code);
            if let Some(first) = earlier.filter(|_| column.spec.class != Class::Ignored) {
                return Err(WorkbookError::TwoColumns {
                    sheet: self.sheet.clone(),
                    row: self.header_row,
                    title: column.spec.title,
                    first: letter(first.index),
                    second: letter(column.index),
                });
            }
        }
        match self.missing.iter().find(|spec| spec.required) {
            None => Ok(self),
            Some(spec) => Err(WorkbookError::MissingColumn {
                sheet: self.sheet.clone(),
                row: self.header_row,
                title: spec.title,
                code: spec.code,
                nearest: self.nearest_header(spec),
            }),
        }
    }

    fn nearest_header(&self, spec: &ColumnSpec) -> Option<(String, String)> {
        let header =
            nearest(spec.title, self.unknown.iter().map(|(_, header)| header.as_str())).into_iter().next()?;
        let (index, _) = self.unknown.iter().find(|(_, other)| *other == header)?;
        Some((letter(*index), header))
    }

    /// The column of a field.
    pub fn index(&self, code: &str) -> Option<u16> {
        self.columns.iter().find(|column| column.spec.code == code).map(|column| column.index)
    }

    /// What a column is.
    pub fn slot(&self, index: u16) -> Slot {
        self.by_index.get(usize::from(index)).copied().unwrap_or(Slot::Outside)
    }

    /// The title of a column.
    pub fn header(&self, index: u16) -> Option<&str> {
        let mapped = self.columns.iter().map(|column| (column.index, &column.header));
        let unknown = self.unknown.iter().map(|(index, header)| (*index, header));
        mapped.chain(unknown).find(|(other, _)| *other == index).map(|(_, header)| header.as_str())
    }

    /// Whether the row is one of the table's own.
    pub fn is_data(&self, row: &Row) -> bool {
        row.number > self.header_row && self.kind(row) == RowKind::Data
    }

    /// Whether a row below the header is one of the table's.
    pub fn kind(&self, row: &Row) -> RowKind {
        let filled: Vec<&(u16, Cell)> =
            row.cells.iter().filter(|(index, cell)| self.counts(*index) && is_filled(cell)).collect();
        let Some((first_index, first)) = filled.first() else { return RowKind::Blank };
        if self.header(*first_index).is_some_and(|header| header == first.text().trim())
            && self.is_header(&filled)
        {
            return RowKind::HeaderAgain;
        }
        if filled.len() * 2 > self.columns.len() {
            return RowKind::Data;
        }
        let Cell::Text(text) = first else { return RowKind::Data };
        let (text, _) = clean(text, Width::Everything);
        if SIGNATURES.iter().any(|signature| text.starts_with(signature)) {
            return RowKind::Signature;
        }
        // `一、教学人员` across the sheet; a lone staff number has digits, a lone name is somebody's.
        let is_name = self.index("name") == Some(*first_index);
        if filled.len() == 1
            && !is_name
            && !text.contains(|character: char| character.is_ascii_alphanumeric() || character == '=')
        {
            return RowKind::Title;
        }
        RowKind::Data
    }

    /// Neither the running number nor our own reasons make a row.
    fn counts(&self, index: u16) -> bool {
        match self.slot(index) {
            Slot::Outside => false,
            Slot::Unknown => true,
            Slot::Mapped(position) => {
                self.columns.get(position).is_some_and(|column| column.spec.class != Class::Ignored)
            }
        }
    }

    fn is_header(&self, filled: &[&(u16, Cell)]) -> bool {
        filled
            .iter()
            .all(|(index, cell)| self.header(*index).is_some_and(|header| header == cell.text().trim()))
    }
}

type Rank = (bool, bool, usize);

fn sheets_to_read(book: &Workbook, mapping: &Mapping) -> Result<Vec<String>, WorkbookError> {
    match &mapping.sheet {
        None => Ok(book.sheets().to_vec()),
        Some(wanted) if book.sheets().contains(wanted) => Ok(vec![wanted.clone()]),
        Some(wanted) => {
            Err(WorkbookError::NoSheet { wanted: wanted.clone(), sheets: book.sheets().to_vec() })
        }
    }
}

fn is_filled(cell: &Cell) -> bool {
    match cell {
        Cell::Text(text) => !clean(text, Width::Nothing).0.is_empty(),
        Cell::Number(_)
        | Cell::Date(_)
        | Cell::Month { .. }
        | Cell::Unreadable(_)
        | Cell::Bool(_)
        | Cell::Formula(_) => true,
    }
}

/// Every title that is known, in the form in which titles are compared.
struct Titles {
    known: Vec<(String, &'static ColumnSpec)>,
    /// From the mapping; none = leave out.
    explicit: Vec<(String, Option<&'static ColumnSpec>)>,
}

impl Titles {
    fn new(specs: &'static [ColumnSpec], mapping: &Mapping) -> Self {
        let known = specs
            .iter()
            .flat_map(|spec| spec.synonyms.iter().chain([&spec.title]).map(move |title| (key(title), spec)))
            .collect();
        let explicit = mapping
            .columns
            .iter()
            .map(|(title, code)| {
                let spec = specs.iter().find(|spec| spec.code == code).filter(|_| code != IGNORE);
                (key(title), spec)
            })
            .collect();
        Self { known, explicit }
    }

    fn layout(&self, sheet: &str, row: &Row, specs: &'static [ColumnSpec]) -> Layout {
        let mut columns: Vec<MappedColumn> = Vec::new();
        let mut unknown = Vec::new();
        for (index, cell) in &row.cells {
            let header = clean(&cell.text(), Width::Nothing).0;
            match self.meaning(&header) {
                _ if header.is_empty() => {}
                Meaning::Field(spec) => columns.push(MappedColumn { index: *index, header, spec }),
                Meaning::Unknown => unknown.push((*index, header)),
            }
        }
        let missing = specs
            .iter()
            .filter(|spec| {
                spec.class != Class::Ignored && !columns.iter().any(|column| column.spec.code == spec.code)
            })
            .collect();
        let by_index = slots(&columns, &unknown);
        Layout { sheet: sheet.to_owned(), header_row: row.number, columns, unknown, missing, by_index }
    }

    /// The mapping's word counts first; where it names a field, synonyms of that field say nothing.
    fn meaning(&self, header: &str) -> Meaning {
        let wanted = key(header);
        if let Some((_, spec)) = self.explicit.iter().find(|(title, _)| *title == wanted) {
            return spec.map_or(Meaning::Unknown, Meaning::Field);
        }
        let named = |spec: &ColumnSpec| {
            self.explicit.iter().any(|(_, other)| other.is_some_and(|other| other.code == spec.code))
        };
        // `出生年月(如1990.01)` is `出生年月`.
        let short = wanted.split_once('(').map_or(wanted.as_str(), |(short, _)| short);
        [wanted.as_str(), short]
            .into_iter()
            .find_map(|title| self.known.iter().find(|(known, _)| known == title))
            .filter(|(_, spec)| !named(spec))
            .map_or(Meaning::Unknown, |(_, spec)| Meaning::Field(spec))
    }
}

enum Meaning {
    Field(&'static ColumnSpec),
    Unknown,
}

fn slots(columns: &[MappedColumn], unknown: &[(u16, String)]) -> Vec<Slot> {
    let last = columns.iter().map(|column| column.index).chain(unknown.iter().map(|(index, _)| *index)).max();
    let mut slots = vec![Slot::Outside; last.map_or(0, |last| usize::from(last) + 1)];
    let mapped = columns.iter().enumerate().map(|(position, column)| (column.index, Slot::Mapped(position)));
    let other = unknown.iter().map(|(index, _)| (*index, Slot::Unknown));
    for (index, slot) in mapped.chain(other) {
        if let Some(place) = slots.get_mut(usize::from(index)) {
            *place = slot;
        }
    }
    slots
}

/// Titles are compared without white space, stars, colons, case and width.
fn key(title: &str) -> String {
    let (text, _) = clean(title, Width::Everything);
    text.chars()
        .filter(|character| !character.is_whitespace() && !matches!(character, '*' | ':' | '★'))
        .flat_map(char::to_lowercase)
        .collect()
}

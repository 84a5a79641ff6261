//! The columns of a sheet as they were found, though it may not be readable yet, and the fields that they can be read
//! as: for who maps them by hand.

use std::path::Path;

use serde::Serialize;

use crate::book::Workbook;
use crate::error::WorkbookError;
use crate::examples::{Examples, examples};
use crate::layout::Layout;
use crate::limits::Limits;
use crate::mapping::Mapping;
use crate::report::{Mapped, Report, Sink, UnknownColumn};
use crate::spec::{self, Class, ColumnSpec};

/// The kinds of sheets whose columns can be mapped by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mappable {
    /// 教职工名册.
    Roster,
    /// 谈心谈话台账.
    Talks,
}

/// What a column can be read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FieldOfColumn {
    /// Name of the field, as in mapping files.
    pub field: &'static str,
    /// Its usual title.
    pub title: &'static str,
    /// Whether nothing can be taken from a sheet without it.
    pub required: bool,
}

/// The columns of the sheet that would be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Columns {
    /// Sheet.
    pub sheet: String,
    /// Row of the titles, 1 = top.
    pub header_row: u32,
    /// Columns that were recognised.
    pub mapping: Vec<Mapped>,
    /// Columns that were not.
    pub unknown_columns: Vec<UnknownColumn>,
}

impl Mappable {
    fn specs(self) -> &'static [ColumnSpec] {
        match self {
            Self::Roster => spec::ROSTER,
            Self::Talks => spec::TALKS,
        }
    }

    pub(crate) fn usual_sheet(self) -> &'static str {
        match self {
            Self::Roster => "名册",
            Self::Talks => "台账",
        }
    }

    /// What its columns can be read as.
    pub fn fields(self) -> impl Iterator<Item = FieldOfColumn> {
        let read = self.specs().iter().filter(|spec| spec.class != Class::Ignored);
        read.map(|spec| FieldOfColumn { field: spec.code, title: spec.title, required: spec.required })
    }

    /// Every field that a mapping names must be one of its own.
    ///
    /// # Errors
    /// [`WorkbookError::Mapping`], with the fields that there are.
    pub fn check(self, mapping: &Mapping) -> Result<(), WorkbookError> {
        mapping.check(self.specs())
    }

    /// The columns of the sheet that would be read, though one may be missing or stand there twice, with the first
    /// values of each.
    ///
    /// # Errors
    /// When the file is no workbook, or has no row that looks like the heads of columns.
    pub fn columns(
        self,
        path: &Path,
        mapping: &Mapping,
        limits: Limits,
    ) -> Result<(Columns, Vec<Examples>), WorkbookError> {
        let mut book = Workbook::open(path, limits)?;
        let layout = Layout::look(&mut book, self.specs(), mapping, self.usual_sheet())?;
        let examples = examples(&mut book, &layout)?;
        let Report { sheet, header_row, mapping, unknown_columns, .. } =
            Report::new(&layout, Sink::default());
        Ok((Columns { sheet, header_row, mapping, unknown_columns }, examples))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_though_one_is_missing_and_another_stands_there_twice() {
        let row = ["0000005", "张三", "教授", "讲师", "计算机学院"].map(str::to_owned).to_vec();
        let headers = ["人员代号", "姓名", "职称", "专业技术职务", "所在单位"];
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), crate::write_table("名册", &headers, [row]).unwrap()).unwrap();
        let found =
            |mapping: &Mapping| Mappable::Roster.columns(file.path(), mapping, Limits::default()).unwrap();
        let (columns, examples) = found(&Mapping::default());
        let fields: Vec<&str> = columns.mapping.iter().map(|one| one.field).collect();
        assert_eq!((columns.header_row, fields), (1, vec!["name", "title", "title", "unit"]));
        assert_eq!(columns.unknown_columns[0].header, "人员代号");
        assert_eq!(examples[0].values, ["0000005"]);
        let by_hand = [("人员代号", "staff_number"), ("职称", "ignore")];
        let by_hand = by_hand.map(|(title, field)| (title.to_owned(), field.to_owned()));
        let mapping = Mapping::default().with_columns(by_hand);
        Mappable::Roster.check(&mapping).unwrap();
        assert!(Mappable::Talks.check(&mapping).is_ok(), "a ledger has staff numbers, too");
        let (columns, _) = found(&mapping);
        assert_eq!(
            (columns.mapping[0].field, columns.unknown_columns[0].header.as_str()),
            ("staff_number", "职称")
        );
        let odd = Mapping::default().with_columns([("x".to_owned(), "no_such_field".to_owned())]);
        assert!(Mappable::Roster.check(&odd).is_err());
        assert!(Mappable::Roster.fields().all(|field| field.field != "serial"));
    }
}

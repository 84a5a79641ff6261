//! What makes a whole workbook unreadable, each with the place where it was found.

use crate::cell::letter;

mod parts;

pub use parts::{Counted, DamagedPart};

/// What a file that is no .xlsx workbook looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LooksLike {
    /// A PDF.
    Pdf,
    /// A web page or an XML table, as some systems "export to Excel".
    Markup,
    /// Plain text, for instance .csv.
    PlainText,
    /// A picture.
    Picture,
    /// A .rar, .7z or .gz archive.
    OtherArchive,
    /// A .docx or .pptx document.
    OfficeDocument,
    /// An .ods table.
    OpenDocument,
    /// An .xlsb workbook.
    BinaryWorkbook,
    /// A zip archive without a workbook in it.
    PlainZip,
    /// An empty file.
    Nothing,
    /// Nothing known.
    Unknown,
}

/// What is wrong with the tree of organisations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TreeFault {
    /// The organisations above lead back to this one; the rows of the circle.
    Cycle {
        /// Sheet rows in the circle.
        rows: Vec<u32>,
    },
    /// A second organisation without one above.
    TwoRoots {
        /// Row of the first.
        first_row: u32,
    },
    /// Every organisation has one above.
    NoRoot,
    /// 上级组织编号 names no organisation of the sheet.
    UnknownParent {
        /// The number.
        number: String,
    },
    /// 组织编号 a second time.
    RepeatedNumber {
        /// The number.
        number: String,
        /// Row of the first.
        first_row: u32,
    },
    /// 组织类型 is none that Peiyu knows.
    UnknownKind {
        /// As written.
        kind: String,
    },
    /// A cell that must be filled is empty.
    Empty {
        /// Title of the column.
        title: &'static str,
    },
    /// A date that cannot be read, or a month where a day is needed.
    DateUnreadable,
    /// A formula without a value.
    Formula,
    /// Too long, or with control characters.
    Text,
}

/// Why a workbook is refused as a whole, before anything was taken from it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkbookError {
    /// The disk.
    #[error("the file could not be read or written")]
    Io(#[from] std::io::Error),
    /// Another kind of file under the name .xlsx.
    #[error("not an .xlsx workbook; it looks like {0:?}")]
    NotAWorkbook(LooksLike),
    /// The format of Excel 97–2003.
    #[error("an .xls workbook of Excel 97-2003")]
    OldFormat,
    /// Protected by a password.
    #[error("the workbook is encrypted")]
    Encrypted,
    /// A workbook whose parts cannot be read.
    #[error("the workbook is damaged: {}", what.english())]
    Damaged {
        /// Which part or shape.
        what: DamagedPart,
        /// The sheet, when it is one.
        sheet: Option<String>,
        /// The last row that was read.
        row: Option<u32>,
    },
    /// More than a limit allows.
    #[error("too large: more than {limit} {}", what.english())]
    TooLarge {
        /// What was counted.
        what: Counted,
        /// How many are allowed.
        limit: u64,
        /// The sheet, when one was read already.
        sheet: Option<String>,
    },
    /// Nothing in the sheets.
    #[error("the workbook has no content")]
    Empty,
    /// The mapping names a sheet that is not there, or a needed one is missing.
    #[error("there is no sheet {wanted:?}")]
    NoSheet {
        /// The sheet.
        wanted: String,
        /// Sheets that are there.
        sheets: Vec<String>,
    },
    /// A roster before any tree of organisations: no unit could be judged.
    #[error("no organisation is known yet; import the organisations first: peiyu import organisation FILE")]
    NoOrganisations,
    /// No row looks like the heads of columns.
    #[error("no header row was found")]
    NoHeader {
        /// Sheets that were looked at.
        sheets: Vec<String>,
        /// Titles that were looked for.
        wanted: Vec<&'static str>,
    },
    /// A column without which nothing can be taken.
    #[error("sheet {sheet:?}, row {row}: the column {title} is missing")]
    MissingColumn {
        /// Sheet.
        sheet: String,
        /// Header row, 1 = top.
        row: u32,
        /// Usual title of the column.
        title: &'static str,
        /// Its name in a mapping file.
        code: &'static str,
        /// The header that comes nearest, with its column letter.
        nearest: Option<(String, String)>,
    },
    /// Two columns that mean the same.
    #[error("sheet {sheet:?}, row {row}: columns {first} and {second} are both {title}")]
    TwoColumns {
        /// Sheet.
        sheet: String,
        /// Header row, 1 = top.
        row: u32,
        /// Title of what both are.
        title: &'static str,
        /// Letter of the first.
        first: String,
        /// Letter of the second.
        second: String,
    },
    /// The mapping file is wrong.
    #[error("mapping: {0}")]
    Mapping(String),
    /// The tree of organisations.
    #[error("sheet {sheet:?}, row {row}, column {column}: {fault:?}")]
    Tree {
        /// Sheet.
        sheet: String,
        /// Row, 1 = top.
        row: u32,
        /// Column letter.
        column: String,
        /// What is wrong.
        fault: TreeFault,
    },
    /// The writer of workbooks.
    #[error("the workbook could not be written")]
    Write(#[from] rust_xlsxwriter::XlsxError),
}

/// Where a whole-file fault lies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Sheet.
    pub sheet: Option<String>,
    /// Row, 1 = top.
    pub row: Option<u32>,
    /// Column letter.
    pub column: Option<String>,
}

impl WorkbookError {
    /// Stable code of the fault, for problems over HTTP and for `--json`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io(_) => "file_unreadable",
            Self::NotAWorkbook(_) => "not_a_workbook",
            Self::OldFormat => "old_workbook_format",
            Self::Encrypted => "workbook_encrypted",
            Self::Damaged { .. } => "workbook_damaged",
            Self::TooLarge { .. } => "workbook_too_large",
            Self::Empty => "workbook_empty",
            Self::NoSheet { .. } => "sheet_missing",
            Self::NoOrganisations => "organisations_missing",
            Self::NoHeader { .. } => "header_missing",
            Self::MissingColumn { .. } => "column_missing",
            Self::TwoColumns { .. } => "column_twice",
            Self::Mapping(_) => "mapping_wrong",
            Self::Tree { fault, .. } => fault.code(),
            Self::Write(_) => "workbook_unwritable",
        }
    }

    /// Where it lies, as far as it lies anywhere.
    #[must_use]
    pub fn place(&self) -> Place {
        match self {
            Self::MissingColumn { sheet, row, .. } => {
                Place { sheet: Some(sheet.clone()), row: Some(*row), column: None }
            }
            Self::TwoColumns { sheet, row, second, .. } => {
                Place { sheet: Some(sheet.clone()), row: Some(*row), column: Some(second.clone()) }
            }
            Self::Tree { sheet, row, column, .. } => {
                Place { sheet: Some(sheet.clone()), row: Some(*row), column: Some(column.clone()) }
            }
            Self::Damaged { sheet, row, .. } => Place { sheet: sheet.clone(), row: *row, column: None },
            Self::TooLarge { sheet, .. } => Place { sheet: sheet.clone(), row: None, column: None },
            Self::Io(_)
            | Self::NotAWorkbook(_)
            | Self::OldFormat
            | Self::Encrypted
            | Self::Empty
            | Self::NoSheet { .. }
            | Self::NoOrganisations
            | Self::NoHeader { .. }
            | Self::Mapping(_)
            | Self::Write(_) => Place::default(),
        }
    }

    /// The sentence for the person who sent the file.
    #[must_use]
    pub fn chinese(&self) -> String {
        match self {
            Self::Io(_) => "文件无法读写。".to_owned(),
            Self::NotAWorkbook(looks_like) => {
                format!(
                    "这不是 .xlsx 工作簿，看起来是{}。请在 Excel 或 WPS 中另存为 .xlsx。",
                    looks_like.chinese()
                )
            }
            Self::OldFormat => "这是 Excel 97–2003 的 .xls 文件，请另存为 .xlsx。".to_owned(),
            Self::Encrypted => "工作簿设有密码，请取消密码后再导入。".to_owned(),
            Self::Damaged { what, sheet, row } => {
                format!(
                    "工作簿已损坏（{}）{}。请用 Excel 或 WPS 打开后重新保存。",
                    what.chinese(),
                    place_words(sheet.as_deref(), *row)
                )
            }
            Self::TooLarge { what, limit, sheet } => {
                format!("文件过大：{}超过 {limit}{}。", what.chinese(), place_words(sheet.as_deref(), None))
            }
            Self::Empty => "工作簿是空的。".to_owned(),
            Self::NoSheet { wanted, sheets } => {
                format!("没有工作表“{wanted}”；现有：{}。", sheets.join("、"))
            }
            Self::NoOrganisations => {
                "还没有任何党组织，无法核对单位。请先导入组织：peiyu import organisation 文件。".to_owned()
            }
            Self::NoHeader { sheets, wanted } => format!(
                "在工作表{}的前若干行中找不到表头；表头应含：{}。",
                sheets.join("、"),
                wanted.join("、")
            ),
            Self::MissingColumn { sheet, row, title, code, nearest } => {
                let hint = nearest.as_ref().map_or_else(String::new, |(column, header)| {
                    format!("最接近的是 {column} 列“{header}”；如确为此列，请在映射文件中写 \"{header}\" = \"{code}\"。")
                });
                format!("工作表“{sheet}”第 {row} 行的表头缺少“{title}”列。{hint}")
            }
            Self::TwoColumns { sheet, row, title, first, second } => format!(
                "工作表“{sheet}”第 {row} 行：{first} 列和 {second} 列都是“{title}”。请删去一列，或在映射文件中把一列写为 \"ignore\"。"
            ),
            Self::Mapping(what) => format!("映射文件有误：{what}。"),
            Self::Tree { sheet, row, column, fault } => {
                format!("工作表“{sheet}”第 {row} 行 {column} 列：{}。", fault.chinese())
            }
            Self::Write(_) => "工作簿无法写出。".to_owned(),
        }
    }

    pub(crate) fn tree(sheet: &str, row: u32, column: u16, fault: TreeFault) -> Self {
        Self::Tree { sheet: sheet.to_owned(), row, column: letter(column), fault }
    }
}

fn place_words(sheet: Option<&str>, row: Option<u32>) -> String {
    match (sheet, row) {
        (Some(sheet), Some(row)) => format!("，工作表“{sheet}”第 {row} 行附近"),
        (Some(sheet), None) => format!("，工作表“{sheet}”"),
        (None, _) => String::new(),
    }
}

impl LooksLike {
    /// In Chinese, as in "it looks like …".
    #[must_use]
    pub fn chinese(self) -> &'static str {
        match self {
            Self::Pdf => "改了扩展名的 PDF",
            Self::Markup => "网页或 XML 表格",
            Self::PlainText => "纯文本或 CSV",
            Self::Picture => "图片",
            Self::OtherArchive => "其他压缩包",
            Self::OfficeDocument => "Word 或 PowerPoint 文档",
            Self::OpenDocument => "OpenDocument 表格（.ods）",
            Self::BinaryWorkbook => "二进制工作簿（.xlsb）",
            Self::PlainZip => "普通的 zip 压缩包",
            Self::Nothing => "空文件",
            Self::Unknown => "未知格式",
        }
    }
}

impl TreeFault {
    fn code(&self) -> &'static str {
        match self {
            Self::Cycle { .. } => "tree_cycle",
            Self::TwoRoots { .. } => "tree_two_roots",
            Self::NoRoot => "tree_no_root",
            Self::UnknownParent { .. } => "tree_unknown_parent",
            Self::RepeatedNumber { .. } => "tree_repeated_number",
            Self::UnknownKind { .. } => "tree_unknown_kind",
            Self::Empty { .. } => "tree_cell_empty",
            Self::DateUnreadable => "tree_date_unreadable",
            Self::Formula => "tree_formula",
            Self::Text => "tree_text",
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::Cycle { rows } => {
                let rows: Vec<String> = rows.iter().map(u32::to_string).collect();
                format!("上级组织成环，涉及第 {} 行", rows.join("、"))
            }
            Self::TwoRoots { first_row } => format!("第二个没有上级的组织（第 {first_row} 行已有一个）"),
            Self::NoRoot => "没有最上级组织：每个组织都填了上级".to_owned(),
            Self::UnknownParent { number } => format!("上级组织编号“{number}”不在表中"),
            Self::RepeatedNumber { number, first_row } => {
                format!("组织编号“{number}”重复（第 {first_row} 行已有）")
            }
            Self::UnknownKind { kind } => {
                format!("组织类型“{kind}”无法识别；可用：党委、党总支、党支部、临时党组织、工作部门")
            }
            Self::Empty { title } => format!("“{title}”为空"),
            Self::DateUnreadable => "日期无法识别，须精确到日".to_owned(),
            Self::Formula => "公式没有值".to_owned(),
            Self::Text => "文字过长或含控制字符".to_owned(),
        }
    }
}

//! What is counted against a limit, and which part of a workbook can be damaged.

/// What was counted against one of the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Bytes of the file.
    FileBytes,
    /// Bytes of all parts once unpacked.
    UnpackedBytes,
    /// Bytes of the table of shared strings.
    SharedStringBytes,
    /// Parts of the archive.
    Parts,
    /// Rows with content.
    Rows,
    /// Columns with content.
    Columns,
    /// Cells.
    Cells,
}

impl Counted {
    /// In English, as in "more than 200000 …".
    #[must_use]
    pub fn english(self) -> &'static str {
        match self {
            Self::FileBytes => "bytes",
            Self::UnpackedBytes => "unpacked bytes",
            Self::SharedStringBytes => "bytes of shared strings",
            Self::Parts => "parts",
            Self::Rows => "rows",
            Self::Columns => "columns",
            Self::Cells => "cells",
        }
    }

    /// In Chinese, as in "…超过 200000".
    #[must_use]
    pub fn chinese(self) -> &'static str {
        match self {
            Self::FileBytes => "文件字节数",
            Self::UnpackedBytes => "解压后的字节数",
            Self::SharedStringBytes => "共享字符串的字节数",
            Self::Parts => "压缩包内文件数",
            Self::Rows => "行数",
            Self::Columns => "列数",
            Self::Cells => "单元格数",
        }
    }
}

/// What is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DamagedPart {
    /// The directory of the archive.
    Directory,
    /// A packed part does not unpack, or not to what was packed.
    Packed,
    /// The name of a part.
    PartName,
    /// A part that another one points to.
    Missing,
    /// XML that is none.
    Xml,
    /// A cell that is none of a spreadsheet's.
    CellContent,
    /// The table of shared strings promises more strings than can be.
    SharedStrings,
    /// A row after a later one.
    RowOrder,
}

impl DamagedPart {
    /// In English.
    #[must_use]
    pub fn english(self) -> &'static str {
        match self {
            Self::Directory => "the zip directory",
            Self::Packed => "a packed part",
            Self::PartName => "the name of a part",
            Self::Missing => "a missing part",
            Self::Xml => "XML",
            Self::CellContent => "the content of a cell",
            Self::SharedStrings => "the number of shared strings",
            Self::RowOrder => "rows out of order",
        }
    }

    /// In Chinese.
    #[must_use]
    pub fn chinese(self) -> &'static str {
        match self {
            Self::Directory => "压缩包目录",
            Self::Packed => "压缩内容",
            Self::PartName => "内部文件名",
            Self::Missing => "缺少内部文件",
            Self::Xml => "XML 结构",
            Self::CellContent => "单元格内容",
            Self::SharedStrings => "共享字符串数目",
            Self::RowOrder => "行的次序",
        }
    }
}

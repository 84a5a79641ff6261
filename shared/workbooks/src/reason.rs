//! Why a row is rejected: the table of `conventions.md`, with words for the person who mends it.

use serde::{Serialize, Serializer};

use crate::cell::letter;

/// A reason; its snake_case name is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// 采纳 is neither yes nor no.
    AdoptionUnclear,
    /// 谈话日期 lies in the future.
    DateInFuture,
    /// None of the shapes that are read.
    DateUnreadable,
    /// 谈话形式 is none of the three.
    FormUnknown,
    /// A formula without a value, in any column.
    Formula,
    /// 谈话内容 is empty.
    GistMissing,
    /// 姓名 is empty.
    NameMissing,
    /// 组织编号 is not in the tree.
    OrganisationUnknown,
    /// Nobody of this number is known.
    PersonUnknown,
    /// 教研室 does not lie under its unit.
    RoomUnknown,
    /// The same row before.
    RowRepeated,
    /// A number cell shorter than the sheet's usual length.
    StaffNumberLength,
    /// 工号 is empty.
    StaffNumberMissing,
    /// The same number with different names.
    StaffNumberShared,
    /// 人员类别 is neither full nor probationary member.
    StandingUnknown,
    /// 谈话人工号 is nobody's.
    TalkerUnknown,
    /// 任职: it ends before it begins.
    TermReversed,
    /// Control or text-direction characters.
    TextForbidden,
    /// More characters than the field holds.
    TextTooLong,
    /// 职务 is empty.
    TitleMissing,
    /// 所在单位 is not in the organisation workbook.
    UnitUnknown,
}

impl Reason {
    /// The name in reports and in JSON.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::AdoptionUnclear => "adoption_unclear",
            Self::DateInFuture => "date_in_future",
            Self::DateUnreadable => "date_unreadable",
            Self::FormUnknown => "form_unknown",
            Self::Formula => "formula",
            Self::GistMissing => "gist_missing",
            Self::NameMissing => "name_missing",
            Self::OrganisationUnknown => "organisation_unknown",
            Self::PersonUnknown => "person_unknown",
            Self::RoomUnknown => "room_unknown",
            Self::RowRepeated => "row_repeated",
            Self::StaffNumberLength => "staff_number_length",
            Self::StaffNumberMissing => "staff_number_missing",
            Self::StaffNumberShared => "staff_number_shared",
            Self::StandingUnknown => "standing_unknown",
            Self::TalkerUnknown => "talker_unknown",
            Self::TermReversed => "term_reversed",
            Self::TextForbidden => "text_forbidden",
            Self::TextTooLong => "text_too_long",
            Self::TitleMissing => "title_missing",
            Self::UnitUnknown => "unit_unknown",
        }
    }

    /// What is wrong, and what to do about it, in Chinese.
    #[must_use]
    pub fn chinese(self) -> (&'static str, &'static str) {
        match self {
            Self::AdoptionUnclear => ("采纳一栏无法识别", "请填是或否"),
            Self::DateInFuture => ("日期在今天之后", "请核对年份"),
            Self::DateUnreadable => ("日期无法识别", "请写成 1994-05-22；只知年月的写成 1994-05（文本）"),
            Self::FormUnknown => ("谈话形式无法识别", "请填个别谈话、集体谈话或电话谈话"),
            Self::Formula => ("公式没有值", "请删去公式，直接填写内容"),
            Self::GistMissing => ("谈话内容为空", "请补填谈话内容"),
            Self::NameMissing => ("姓名为空", "请补填姓名"),
            Self::OrganisationUnknown => ("组织编号不在党组织表中", "请核对组织编号"),
            Self::PersonUnknown => ("没有这个工号的人员", "请核对工号，或先导入其名册"),
            Self::RoomUnknown => ("该单位下没有这个教研室", "请改为党组织表中的名称"),
            Self::RowRepeated => ("与前面的行重复", "如确为重复请删去本行"),
            Self::StaffNumberLength => {
                ("工号位数不足，可能丢失了开头的零", "请把单元格设为文本后填写完整工号，或在映射文件中写 pad")
            }
            Self::StaffNumberMissing => ("工号为空", "请补填工号"),
            Self::StaffNumberShared => ("同一工号对应不同姓名", "请核对各行的工号"),
            Self::StandingUnknown => ("人员类别无法识别", "请填正式党员或预备党员"),
            Self::TalkerUnknown => ("没有这个工号的谈话人", "请核对谈话人工号"),
            Self::TermReversed => ("免职时间早于任职时间", "请核对任免时间"),
            Self::TextForbidden => ("含有控制字符", "请重新输入该单元格"),
            Self::TextTooLong => ("文字过长", "请精简"),
            Self::TitleMissing => ("职务为空", "请补填职务"),
            Self::UnitUnknown => ("单位不在党组织表中", "请改为党组织表中的单位名称"),
        }
    }

    /// What is wrong, in English.
    #[must_use]
    pub fn english(self) -> &'static str {
        match self {
            Self::AdoptionUnclear => "neither yes nor no",
            Self::DateInFuture => "the date lies in the future",
            Self::DateUnreadable => "the date cannot be read",
            Self::FormUnknown => "unknown form of talk",
            Self::Formula => "a formula without a value",
            Self::GistMissing => "the gist is empty",
            Self::NameMissing => "the name is empty",
            Self::OrganisationUnknown => "no such organisation in the tree",
            Self::PersonUnknown => "nobody has this staff number",
            Self::RoomUnknown => "the unit has no such room",
            Self::RowRepeated => "the same row stands above",
            Self::StaffNumberLength => "the staff number is too short; leading zeros may be lost",
            Self::StaffNumberMissing => "the staff number is empty",
            Self::StaffNumberShared => "the same staff number with different names",
            Self::StandingUnknown => "neither full nor probationary member",
            Self::TalkerUnknown => "nobody has the talker's staff number",
            Self::TermReversed => "the office ends before it begins",
            Self::TextForbidden => "control characters",
            Self::TextTooLong => "too long",
            Self::TitleMissing => "the office is empty",
            Self::UnitUnknown => "no such unit in the tree",
        }
    }
}

/// What a reason rests on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Facts {
    /// Nothing beyond the cell.
    #[default]
    None,
    /// Other rows, the first ten, and how many there are in all.
    OtherRows {
        /// Sheet rows.
        rows: Vec<u32>,
        /// How many.
        count: u32,
    },
    /// Known names that come nearest.
    Nearest(Vec<String>),
    /// Lengths.
    Length {
        /// Of this cell.
        length: u32,
        /// Usual, or allowed.
        expected: u32,
    },
}

/// Other rows that a fault names at most; a sheet of one number would need their square else.
pub(crate) const OTHER_ROWS: usize = 10;

/// One fault of one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Sheet row, 1 = top.
    pub row: u32,
    /// Column of the faulty cell, 0 = A (in JSON its letter); none when the sheet has no such column.
    #[serde(serialize_with = "as_letter")]
    pub column: Option<u16>,
    /// Why.
    pub reason: Reason,
    /// What it rests on.
    pub facts: Facts,
}

fn as_letter<S: Serializer>(column: &Option<u16>, serializer: S) -> Result<S::Ok, S::Error> {
    column.map(letter).serialize(serializer)
}

impl Fault {
    /// Letter of the faulty cell's column.
    #[must_use]
    pub fn column_letter(&self) -> Option<String> {
        self.column.map(letter)
    }

    /// The sentence beside the row in the file of rejected rows.
    #[must_use]
    pub fn chinese(&self, header: Option<&str>) -> String {
        let place = match (self.column_letter(), header) {
            (Some(column), Some(header)) => format!("{column} 列“{header}”："),
            (Some(column), None) => format!("{column} 列："),
            (None, _) => String::new(),
        };
        let (what, hint) = self.reason.chinese();
        let facts = match &self.facts {
            Facts::None => String::new(),
            Facts::OtherRows { rows, count } => {
                let listed: Vec<String> = rows.iter().map(u32::to_string).collect();
                let more =
                    if *count as usize > rows.len() { format!("等 {count} 行") } else { String::new() };
                format!("（另见原表第 {} 行{more}）", listed.join("、"))
            }
            Facts::Nearest(names) if names.is_empty() => String::new(),
            Facts::Nearest(names) => format!("（相近：{}）", names.join("、")),
            Facts::Length { length, expected } if self.reason == Reason::TextTooLong => {
                format!("（{length} 字，至多 {expected} 字）")
            }
            Facts::Length { length, expected } => format!("（现 {length} 位，应为 {expected} 位）"),
        };
        format!("{place}{what}{facts}；{hint}。")
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_the_name_in_json() {
        for reason in [Reason::StaffNumberShared, Reason::Formula, Reason::DateInFuture, Reason::UnitUnknown]
        {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
        }
    }

    #[test]
    fn a_shared_number_names_the_other_rows() {
        let fault = Fault {
            row: 33,
            column: Some(0),
            reason: Reason::StaffNumberShared,
            facts: Facts::OtherRows { rows: vec![36], count: 1 },
        };
        assert_eq!(
            fault.chinese(Some("工号")),
            "A 列“工号”：同一工号对应不同姓名（另见原表第 36 行）；请核对各行的工号。"
        );
    }
}

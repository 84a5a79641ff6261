//! Invented rosters of any size, for benches and for tests of bounded memory.

use std::path::Path;

use rust_xlsxwriter::Workbook as Writer;

use crate::error::WorkbookError;
use crate::units::KnownUnits;

const TITLES: [&str; 20] = [
    "序号",
    "工号",
    "姓名",
    "性别",
    "出生年月",
    "民族",
    "学历",
    "学位",
    "专业技术职务",
    "所在单位",
    "教研室",
    "政治面貌",
    "人才称号",
    "海外留学经历",
    "来校时间",
    "手机号码",
    "电子邮箱",
    "备注",
    "岗位类别",
    "用工方式",
];
const FAMILY_NAMES: [&str; 12] = ["赵", "钱", "孙", "李", "周", "吴", "郑", "王", "冯", "陈", "褚", "卫"];
const GIVEN_NAMES: [&str; 10] =
    ["安然", "博文", "晨曦", "丹青", "恩泽", "芳菲", "国梁", "涵予", "景行", "可为"];
const EDUCATIONS: [&str; 3] = ["博士研究生", "硕士研究生", "大学本科"];
const DEGREES: [&str; 3] = ["博士", "硕士", "学士"];
const TITLES_HELD: [&str; 5] = ["教授", "副教授", "讲师", "助教", "副主任医师"];
const STATUSES: [&str; 4] = ["群众", "中共党员", "共青团员", "民盟盟员"];
const UNITS: u32 = 16;
const ROOMS: u32 = 5;

/// Writes a roster of `rows` invented people in 20 columns; returns the units and rooms that it names.
///
/// # Errors
/// When the file cannot be written.
pub fn write_roster(path: &Path, rows: u32) -> Result<KnownUnits, WorkbookError> {
    let mut writer = Writer::new();
    let sheet = writer.add_worksheet_with_constant_memory()?;
    sheet.set_name("教职工名册")?;
    for (column, title) in (0_u16..).zip(TITLES) {
        sheet.write_string(0, column, title)?;
    }
    for row in 0..rows {
        for (column, text) in (0_u16..).zip(person(row)) {
            sheet.write_string(row + 1, column, text)?;
        }
    }
    writer.save(path)?;
    let mut units = KnownUnits::default();
    for number in 0..UNITS * ROOMS {
        units.add(&unit(number), Some(&room(number)));
    }
    Ok(units)
}

/// The same person for the same number.
fn person(number: u32) -> [String; 20] {
    let year = 1960 + number % 40;
    let (month, day) = (1 + number % 12, 1 + number % 28);
    let place = number % (UNITS * ROOMS);
    [
        (number + 1).to_string(),
        format!("{:07}", 1_000_000 + number),
        format!("{}{}", pick(&FAMILY_NAMES, number), pick(&GIVEN_NAMES, number / 12)),
        pick(&["男", "女"], number / 3),
        format!("{year}-{month:02}-{day:02}"),
        pick(&["汉族", "回族", "满族"], number / 5),
        pick(&EDUCATIONS, number),
        pick(&DEGREES, number),
        pick(&TITLES_HELD, number / 2),
        unit(place),
        room(place),
        pick(&STATUSES, number / 7),
        pick(&["", "", "校级优秀青年人才"], number),
        pick(&["", "2018年访问学者（日本）"], number),
        format!("{}.{month:02}", year + 28),
        format!("100{number:08}"),
        format!("u{number}@staff.example"),
        String::new(),
        pick(&["教师", "管理", "教辅"], number),
        "事业编制".to_owned(),
    ]
}

fn unit(number: u32) -> String {
    format!("第{}学院", 1 + number / ROOMS)
}

fn room(number: u32) -> String {
    format!("第{}教研室", 1 + number % ROOMS)
}

fn pick(list: &[&str], number: u32) -> String {
    // Never out of bounds: the remainder is below the length, and no list is empty.
    list[number as usize % list.len()].to_owned()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::{Limits, Mapping, RosterFile};

    #[test]
    fn every_row_of_an_invented_roster_is_good() {
        let file = tempfile::Builder::new().suffix(".xlsx").tempfile().unwrap();
        let units = write_roster(file.path(), 500).unwrap();
        let mut check =
            RosterFile::check(file.path(), &units, &Mapping::default(), Limits::default()).unwrap();
        assert_eq!((check.report.rows, check.report.faults.as_slice()), (500, [].as_slice()));
        assert_eq!(check.chunks(200).unwrap().count(), 3);
    }
}

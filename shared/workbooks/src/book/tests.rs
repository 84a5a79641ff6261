//! Files that are no workbook, or too much of one.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Write;

use tempfile::NamedTempFile;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::error::{Counted, LooksLike};
use crate::samples::{data, workbook};

fn file(content: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    file
}

fn refused(content: &[u8]) -> WorkbookError {
    Workbook::open(file(content).path(), Limits::default()).unwrap_err()
}

/// A workbook of one sheet with this XML, repeated; with it, any other part.
fn raw_workbook(sheet: &[&str], repeated: usize, other: Option<(&str, &str)>) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    let mut zip = ZipWriter::new(file.reopen().unwrap());
    let options = SimpleFileOptions::default();
    let mut part = |name: &str, content: &str| {
        zip.start_file(name, options).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    };
    part(
        "[Content_Types].xml",
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>",
    );
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let relation = |target: &str, kind: &str| {
        format!(
            "<Relationships xmlns=\"{package}\"><Relationship Id=\"r1\" Type=\"{office}/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    part("_rels/.rels", &relation("xl/workbook.xml", "officeDocument"));
    part("xl/_rels/workbook.xml.rels", &relation("worksheets/sheet1.xml", "worksheet"));
    part(
        "xl/workbook.xml",
        &format!(
            "<workbook xmlns:r=\"{office}\"><sheets><sheet name=\"名册\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
        ),
    );
    if let Some((name, content)) = other {
        part(name, content);
    }
    zip.start_file("xl/worksheets/sheet1.xml", options).unwrap();
    zip.write_all(b"<worksheet><sheetData>").unwrap();
    let step = repeated.clamp(1, 1_000);
    let chunk = sheet.concat().repeat(step);
    for _ in 0..repeated / step {
        zip.write_all(chunk.as_bytes()).unwrap();
    }
    zip.write_all(b"</sheetData></worksheet>").unwrap();
    zip.finish().unwrap();
    file
}

fn rows_of(file: &NamedTempFile, limits: Limits) -> Result<usize, WorkbookError> {
    let mut book = Workbook::open(file.path(), limits)?;
    let sheet = book.sheets()[0].clone();
    let mut count = 0;
    for row in book.rows(&sheet)? {
        row?;
        count += 1;
    }
    Ok(count)
}

#[test]
fn a_renamed_pdf_is_called_a_pdf() {
    assert!(matches!(refused(b"%PDF-1.7 ..."), WorkbookError::NotAWorkbook(LooksLike::Pdf)));
    assert!(refused(b"%PDF-1.7").chinese().contains("PDF"));
}

#[test]
fn other_files_are_called_what_they_look_like() {
    let looks = |content: &[u8]| match refused(content) {
        WorkbookError::NotAWorkbook(looks_like) => looks_like,
        other => panic!("{other}"),
    };
    assert_eq!(looks(b""), LooksLike::Nothing);
    assert_eq!(looks("工号,姓名\n1,甲".as_bytes()), LooksLike::PlainText);
    assert_eq!(looks(b"\xEF\xBB\xBF<html><table>"), LooksLike::Markup);
    assert_eq!(looks(b"\x89PNG\r\n\x1a\n\0"), LooksLike::Picture);
    assert_eq!(looks(b"Rar!\x1a\x07\0"), LooksLike::OtherArchive);
    assert_eq!(looks(b"\0\x01\x02"), LooksLike::Unknown);
}

#[test]
fn an_old_and_an_encrypted_workbook_are_told_apart() {
    let ole = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
    assert!(matches!(refused(ole), WorkbookError::OldFormat));
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(matches!(refused(&[ole.as_slice(), &name].concat()), WorkbookError::Encrypted));
}

#[test]
fn a_zip_without_a_workbook_and_a_broken_zip_are_refused() {
    let file = NamedTempFile::new().unwrap();
    let mut zip = ZipWriter::new(file.reopen().unwrap());
    zip.start_file("word/document.xml", SimpleFileOptions::default()).unwrap();
    zip.finish().unwrap();
    let error = Workbook::open(file.path(), Limits::default()).unwrap_err();
    assert!(matches!(error, WorkbookError::NotAWorkbook(LooksLike::OfficeDocument)));
    assert!(matches!(refused(b"PK\x03\x04 and then nothing"), WorkbookError::Damaged { .. }));
}

#[test]
fn a_truncated_workbook_is_damaged() {
    let whole = std::fs::read(data("roster-clean-1200.xlsx")).unwrap();
    assert!(matches!(refused(&whole[..whole.len() / 2]), WorkbookError::Damaged { .. }));
}

#[test]
fn a_zip_bomb_is_refused_by_what_unpacks_from_it() {
    let bomb = raw_workbook(&["<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>"], 1_000_000, None);
    assert!(bomb.path().metadata().unwrap().len() < 1 << 20);
    let limits = Limits { unpacked_bytes: 16 << 20, ..Limits::default() };
    let error = Workbook::open(bomb.path(), limits).unwrap_err();
    assert!(matches!(error, WorkbookError::TooLarge { what: Counted::UnpackedBytes, .. }), "{error}");
}

#[test]
fn shared_strings_promise_no_more_than_can_be() {
    let promise = "<sst uniqueCount=\"99999999999\"><si><t>a</t></si></sst>";
    let file = raw_workbook(&[], 0, Some(("xl/sharedStrings.xml", promise)));
    let error = Workbook::open(file.path(), Limits::default()).unwrap_err();
    assert!(matches!(error, WorkbookError::Damaged { .. }), "{error}");
}

#[test]
fn a_million_rows_are_refused_before_they_are_read() {
    // Rows without numbers count up by themselves.
    let million = raw_workbook(&["<row><c><v>1</v></c></row>"], 1_000_000, None);
    let error = rows_of(&million, Limits::default()).unwrap_err();
    assert!(
        matches!(&error, WorkbookError::TooLarge { what: Counted::Rows, limit: 200_000, sheet: Some(_) }),
        "{error}"
    );
    assert!(error.chinese().contains("200000"));
}

#[test]
fn a_million_empty_cells_are_refused_too() {
    let file = raw_workbook(&["<row><c/></row>"], 20_000, None);
    let limits = Limits { cells: 10_000, ..Limits::default() };
    assert!(matches!(rows_of(&file, limits), Err(WorkbookError::TooLarge { what: Counted::Cells, .. })));
    assert_eq!(rows_of(&file, Limits::default()).unwrap(), 0);
}

#[test]
fn too_many_parts_and_too_large_a_file_are_refused() {
    let path = data("roster-clean-1200.xlsx");
    let few_parts = Limits { entries: 3, ..Limits::default() };
    assert!(matches!(
        Workbook::open(&path, few_parts),
        Err(WorkbookError::TooLarge { what: Counted::Parts, .. })
    ));
    let few_bytes = Limits { file_bytes: 1_000, ..Limits::default() };
    assert!(matches!(
        Workbook::open(&path, few_bytes),
        Err(WorkbookError::TooLarge { what: Counted::FileBytes, .. })
    ));
}

#[test]
fn rows_out_of_order_are_damage_and_name_the_row() {
    let file = raw_workbook(
        &["<row r=\"9\"><c r=\"A9\"><v>1</v></c></row><row r=\"3\"><c r=\"A3\"><v>1</v></c></row>"],
        1,
        None,
    );
    assert!(matches!(rows_of(&file, Limits::default()), Err(WorkbookError::Damaged { row: Some(3), .. })));
}

#[test]
fn an_empty_sheet_has_no_rows_and_no_header() {
    let empty = workbook(&[("名册", &[])]);
    assert_eq!(rows_of(&empty, Limits::default()).unwrap(), 0);
    let units = crate::KnownUnits::default();
    let check = |file: &NamedTempFile| {
        crate::RosterFile::check(file.path(), &units, &crate::Mapping::default(), Limits::default())
            .unwrap_err()
    };
    assert!(matches!(check(&empty), WorkbookError::Empty));
    let words = workbook(&[("名册", &[&["没有", "表头"], &["1", "2"]])]);
    assert!(matches!(check(&words), WorkbookError::NoHeader { .. }));
}

#[test]
fn a_formula_without_a_value_and_an_error_are_formulas() {
    let cells = [
        "<row r=\"1\"><c r=\"A1\"><f>HYPERLINK(\"x\")</f><v/></c><c r=\"B1\" t=\"e\"><f>1/0</f><v>#DIV/0!</v></c>",
        "<c r=\"C1\" t=\"str\"><f>IF(A1=1,2,\"\")</f><v></v></c><c r=\"D1\"><f>3+4</f><v>7</v></c></row>",
    ];
    let file = raw_workbook(&cells, 1, None);
    let mut book = Workbook::open(file.path(), Limits { rows: 1, ..Limits::default() }).unwrap();
    let row = book.rows("名册").unwrap().next().unwrap().unwrap();
    assert_eq!(row.cell(0), Some(&Cell::Formula("=HYPERLINK(\"x\")".to_owned())));
    assert_eq!(row.cell(1), Some(&Cell::Formula("#DIV/0!".to_owned())));
    assert_eq!(row.cell(2), None, "a formula whose value is the empty text has a value");
    assert_eq!(row.cell(3), Some(&Cell::Number(7.0)));
}

#[test]
fn a_date_that_shows_only_its_month_is_a_month() {
    let file = tempfile::Builder::new().suffix(".xlsx").tempfile().unwrap();
    let mut writer = rust_xlsxwriter::Workbook::new();
    let sheet = writer.add_worksheet();
    let first = rust_xlsxwriter::ExcelDateTime::from_ymd(1994, 5, 1).unwrap();
    let later = rust_xlsxwriter::ExcelDateTime::from_ymd(1994, 5, 22).unwrap();
    let month = rust_xlsxwriter::Format::new().set_num_format("yyyy\"年\"m\"月\"");
    let day = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
    for (column, (value, format)) in (0..).zip([(&first, &month), (&later, &month), (&first, &day)]) {
        sheet.write_datetime_with_format(0, column, value, format).unwrap();
    }
    writer.save(file.path()).unwrap();
    let mut book = Workbook::open(file.path(), Limits::default()).unwrap();
    let row = book.rows("Sheet1").unwrap().next().unwrap().unwrap();
    assert_eq!(row.cell(0), Some(&Cell::Month { year: 1994, month: 5 }));
    assert_eq!(row.cell(1), Some(&Cell::Date(jiff::civil::date(1994, 5, 22))), "somebody typed a day");
    assert_eq!(row.cell(2), Some(&Cell::Date(jiff::civil::date(1994, 5, 1))));
}

#[test]
fn formats_that_hide_the_day_are_known() {
    assert!(shows_month_only("yyyy-mm", None));
    assert!(shows_month_only("yyyy\"年\"m\"月\";@", None));
    assert!(shows_month_only("", Some(57)));
    assert!(!shows_month_only("yyyy\"年\"m\"月\"d\"日\"", None));
    assert!(!shows_month_only("[$-804]yyyy/m/d", None));
    assert!(!shows_month_only("General", Some(0)));
}

#[test]
fn a_formula_range_that_ends_before_it_begins_is_damage() {
    let cell = "<row r=\"1\"><c r=\"C1\"><f t=\"shared\" si=\"0\" ref=\"C9:A1\">A1+1</f><v>7</v></c></row>";
    let read = rows_of(&raw_workbook(&[cell], 1, None), Limits::default());
    // With overflow checks the reader panics inside; without them it reads the value.
    assert!(matches!(read, Ok(1) | Err(WorkbookError::Damaged { .. })), "{read:?}");
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config {
        cases: 200,
        failure_persistence: None,
        ..proptest::test_runner::Config::default()
    })]

    /// Whatever stands in a sheet, it is read or refused.
    #[test]
    fn a_garbled_sheet_is_read_or_refused_and_never_a_panic(
        position in 0_usize..200,
        replacement in "[<>/\"'=&;a-zA-Z0-9 .\\-#]{0,6}",
        length in 0_usize..8,
    ) {
        let sheet = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>工号</t></is></c><c r=\"B1\" s=\"1\"><v>45943.5</v></c>\
            <c r=\"C1\"><f t=\"shared\" si=\"0\" ref=\"C1:C2\">A1+1</f><v>7</v></c><c r=\"D1\" t=\"e\"><v>#N/A</v></c></row>";
        let mut letters: Vec<char> = sheet.chars().collect();
        let start = position.min(letters.len());
        let end = (start + length).min(letters.len());
        letters.splice(start..end, replacement.chars());
        let garbled: String = letters.into_iter().collect();
        let file = raw_workbook(&[&garbled], 1, None);
        let _read_or_refused = rows_of(&file, Limits::default());
    }
}

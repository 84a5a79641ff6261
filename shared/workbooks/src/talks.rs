//! 谈心谈话台账: old paper records, kept as they were written.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;

use jiff::civil::Date;
use peiyu_domain::values::{PartialDate, TalkForm};

use crate::book::Workbook;
use crate::cell::Row;
use crate::chunks::Chunks;
use crate::columns::Mappable;
use crate::error::WorkbookError;
use crate::examples::{Examples, examples};
use crate::kinds::talk_form;
use crate::layout::Layout;
use crate::limits::Limits;
use crate::mapping::Mapping;
use crate::organisation::{require, required_day};
use crate::reading::{Value, Values, number};
use crate::reason::{Facts, Reason};
use crate::rejects::write_rejected;
use crate::report::{Report, Sink};
use crate::roster::pad_number;
use crate::spec;

/// Characters of one topic.
const TOPIC: usize = 50;
/// What stands between two topics in one cell.
const BETWEEN_TOPICS: &[char] = &['、', '；', ';', '，', ',', '\n'];

/// A ledger of talks.
#[derive(Debug, Clone, Copy)]
pub struct TalksFile;

/// A good row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TalkRow {
    /// Sheet row, 1 = top.
    pub row: u32,
    /// 工号 of the candidate.
    pub staff_number: String,
    /// 姓名 of the candidate, as written.
    pub name: Option<String>,
    /// 谈话人工号.
    pub talker_number: String,
    /// 谈话人, as written.
    pub talker_name: Option<String>,
    /// 谈话日期.
    pub held_on: Date,
    /// 谈话形式.
    pub form: TalkForm,
    /// 谈话地点.
    pub place: Option<String>,
    /// 谈话主题, one or several.
    pub topics: Vec<String>,
    /// 谈话内容.
    pub gist: String,
    /// 意见建议.
    pub wishes: Option<String>,
    /// 备注.
    pub remark: Option<String>,
    /// What the row says, the running number left out, in one text: its digest finds the row again.
    pub content: String,
}

/// A ledger that was checked and can be taken in.
#[derive(Debug)]
pub struct TalksCheck {
    /// What was found.
    pub report: Report,
    book: Workbook,
    layout: Layout,
    pad: Option<u8>,
}

impl TalksFile {
    /// Checks every row. `known` says whether a staff number is somebody's; `today` is the last day on
    /// which a talk can have been held.
    ///
    /// # Errors
    /// When the file is refused as a whole.
    pub fn check(
        path: &Path,
        known: &dyn Fn(&str) -> bool,
        today: Date,
        mapping: &Mapping,
        limits: Limits,
    ) -> Result<TalksCheck, WorkbookError> {
        let mut book = Workbook::open(path, limits)?;
        let layout = Layout::find(&mut book, spec::TALKS, mapping, Mappable::Talks.usual_sheet())?;
        let pad = mapping.staff_number.pad;
        let mut sink = Sink::default();
        let mut repeats = RowRepeats::default();
        for row in book.rows(&layout.sheet)? {
            let row = row?;
            let Some(values) = read_row(&layout, &row, pad, &mut sink) else { continue };
            check_row(&values, known, today, &mut sink);
            if let Some(first) = repeats.first(&content(&values), row.number) {
                let facts = Facts::OtherRows { rows: vec![first], count: 1 };
                sink.fault(row.number, None, Reason::RowRepeated, facts);
            }
        }
        Ok(TalksCheck { report: Report::new(&layout, sink), book, layout, pad })
    }
}

impl TalksCheck {
    /// The good rows in chunks of `size`, always the same chunks for the same file and known persons.
    ///
    /// # Errors
    /// When the sheet cannot be read again.
    pub fn chunks(&mut self, size: usize) -> Result<Chunks<'_, TalkRow>, WorkbookError> {
        let rows = self.book.rows(&self.layout.sheet)?;
        let (layout, pad) = (&self.layout, self.pad);
        Ok(Chunks::new(rows, &self.report, size, move |row| good_row(layout, pad, row)))
    }

    /// The first values of each column.
    ///
    /// # Errors
    /// When the sheet cannot be read again.
    pub fn examples(&mut self) -> Result<Vec<Examples>, WorkbookError> {
        examples(&mut self.book, &self.layout)
    }

    /// Writes the rejected rows with the reasons beside them.
    ///
    /// # Errors
    /// When the sheet cannot be read again or the file cannot be written.
    pub fn write_rejected(&mut self, out: &Path) -> Result<(), WorkbookError> {
        write_rejected(&mut self.book, &self.layout, &self.report, out)
    }
}

fn good_row(layout: &Layout, pad: Option<u8>, row: &Row) -> Option<TalkRow> {
    let mut sink = Sink::default();
    let values = read_row(layout, row, pad, &mut sink)?;
    let owned = |code: &str| values.text(code).map(str::to_owned);
    Some(TalkRow {
        row: row.number,
        staff_number: owned("staff_number")?,
        name: owned("name"),
        talker_number: owned("talker_number")?,
        talker_name: owned("talker_name"),
        held_on: required_day(&values, &mut sink, "held_on")?,
        form: values.text("form").and_then(talk_form)?,
        place: owned("place"),
        topics: topics(values.text_or_empty("topics")).map(str::to_owned).collect(),
        gist: owned("gist")?,
        wishes: owned("wishes"),
        remark: owned("remark"),
        content: content(&values),
    })
}

fn read_row<'a>(layout: &'a Layout, row: &Row, pad: Option<u8>, sink: &mut Sink) -> Option<Values<'a>> {
    let mut values = Values::read(layout, row, sink)?;
    pad_number(&mut values, row, layout, "staff_number", pad);
    pad_number(&mut values, row, layout, "talker_number", pad);
    Some(values)
}

fn check_row(values: &Values<'_>, known: &dyn Fn(&str) -> bool, today: Date, sink: &mut Sink) {
    for (code, reason) in [("staff_number", Reason::PersonUnknown), ("talker_number", Reason::TalkerUnknown)]
    {
        let is_known = values.text(code).is_some_and(known);
        if !is_known && !sink.is_faulty(values.row, values.column(code)) {
            values.fault(sink, code, reason, Facts::None);
        }
    }
    require(values, sink, "gist", Reason::GistMissing);
    if values.text("form").and_then(talk_form).is_none() && !sink.is_faulty(values.row, values.column("form"))
    {
        values.fault(sink, "form", Reason::FormUnknown, Facts::None);
    }
    if required_day(values, sink, "held_on").is_some_and(|day| day > today) {
        values.fault(sink, "held_on", Reason::DateInFuture, Facts::None);
    }
    for topic in topics(values.text_or_empty("topics")) {
        let length = topic.chars().count();
        if length > TOPIC {
            let facts = Facts::Length { length: number(length), expected: number(TOPIC) };
            values.fault(sink, "topics", Reason::TextTooLong, facts);
        }
    }
}

fn topics(text: &str) -> impl Iterator<Item = &str> {
    text.split(BETWEEN_TOPICS).map(str::trim).filter(|topic| !topic.is_empty())
}

/// Field by field, so that another order of columns or another shape of the date says the same.
fn content(values: &Values<'_>) -> String {
    let mut fields: Vec<(&str, String)> = values
        .iter()
        .map(|(code, value)| match value {
            Value::Text(text) => (code, text.clone()),
            Value::Date(PartialDate::Day(day)) => (code, day.to_string()),
            Value::Date(month @ PartialDate::Month(_)) => (code, month.to_string()),
        })
        .collect();
    fields.sort_unstable();
    fields.iter().map(|(code, text)| format!("{code}\u{1F}{text}\u{1E}")).collect()
}

/// Rows that say the same as an earlier one; of each only a hash is kept.
#[derive(Debug, Default)]
struct RowRepeats {
    hasher: RandomState,
    seen: HashMap<u64, u32>,
}

impl RowRepeats {
    /// The first row that said the same, if one did.
    fn first(&mut self, content: &str, row: u32) -> Option<u32> {
        let hash = self.hasher.hash_one(content);
        match self.seen.get(&hash) {
            Some(first) => Some(*first),
            None => {
                self.seen.insert(hash, row);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;

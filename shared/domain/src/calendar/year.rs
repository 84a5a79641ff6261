//! One year of the calendar as a dated file.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Deserialize;

/// Days of one year that differ from their weekday.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Year {
    pub(super) holidays: BTreeSet<Date>,
    pub(super) make_up_days: BTreeSet<Date>,
}

/// Why a calendar file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarFault {
    /// Not TOML, a key missing or unknown, or no date.
    #[error("not a calendar file: {0}")]
    Unreadable(String),
    /// Without the notice that it comes from.
    #[error("`source` is empty: name the notice that announced the days")]
    SourceMissing,
    /// A day of another year.
    #[error("{day} does not lie in {year}")]
    OtherYear {
        /// The day.
        day: Date,
        /// Year of the file.
        year: i16,
    },
    /// A day that is said to be both.
    #[error("{0} is named as holiday and as make-up day")]
    Both(Date),
    /// A make-up day on which people work anyway.
    #[error("{0} is a make-up day but no Saturday or Sunday")]
    MakeUpOnWeekday(Date),
    /// No holiday at all: the year was never filled in.
    #[error("{0} has no holiday")]
    Empty(i16),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    year: i16,
    source: String,
    holidays: BTreeSet<Date>,
    make_up_days: BTreeSet<Date>,
}

pub(super) fn parse(text: &str) -> Result<(i16, Year), CalendarFault> {
    let file: File = toml::from_str(text).map_err(|error| CalendarFault::Unreadable(error.to_string()))?;
    if file.source.trim().is_empty() {
        return Err(CalendarFault::SourceMissing);
    }
    if file.holidays.is_empty() {
        return Err(CalendarFault::Empty(file.year));
    }
    if let Some(&day) = file.holidays.iter().chain(&file.make_up_days).find(|day| day.year() != file.year) {
        return Err(CalendarFault::OtherYear { day, year: file.year });
    }
    if let Some(&day) = file.holidays.intersection(&file.make_up_days).next() {
        return Err(CalendarFault::Both(day));
    }
    if let Some(&day) = file.make_up_days.iter().find(|day| !is_weekend(**day)) {
        return Err(CalendarFault::MakeUpOnWeekday(day));
    }
    Ok((file.year, Year { holidays: file.holidays, make_up_days: file.make_up_days }))
}

/// Saturday or Sunday.
pub(super) fn is_weekend(day: Date) -> bool {
    day.weekday().to_monday_one_offset() > 5
}

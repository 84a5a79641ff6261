//! A date as papers give it: a day, or only a month. No first of the month is ever invented.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `1994-05-22` or `1994-05`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum PartialDate {
    /// Only the month is known: its last day, from which ages are judged, is kept.
    Month(MonthEnd),
    /// The day is known.
    Day(Date),
}

/// A month, held as its last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MonthEnd(Date);

/// Not a date that Peiyu reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither YYYY-MM-DD nor YYYY-MM")]
pub struct PartialDateError(pub String);

impl PartialDate {
    /// A month.
    ///
    /// # Errors
    /// When there is no such month.
    pub fn month(year: i16, month: i8) -> Result<Self, PartialDateError> {
        Date::new(year, month, 1)
            .map(|first| Self::Month(MonthEnd(first.last_of_month())))
            .map_err(|_| PartialDateError(format!("{year:04}-{month:02}")))
    }

    /// The day, or the end of the month: the day from which terms are reckoned, to be said so.
    #[must_use]
    pub fn latest_day(self) -> Date {
        match self {
            Self::Day(day) => day,
            Self::Month(MonthEnd(last)) => last,
        }
    }

    /// Whether the day is known.
    #[must_use]
    pub fn is_exact(self) -> bool {
        matches!(self, Self::Day(_))
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => day.fmt(f),
            Self::Month(MonthEnd(last)) => write!(f, "{:04}-{:02}", last.year(), last.month()),
        }
    }
}

impl FromStr for PartialDate {
    type Err = PartialDateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fault = || PartialDateError(text.to_owned());
        let parts: Vec<&str> = text.split('-').collect();
        match parts.as_slice() {
            [year, month] if year.len() == 4 && month.len() == 2 => {
                Self::month(year.parse().map_err(|_| fault())?, month.parse().map_err(|_| fault())?)
            }
            [_, _, _] => text.parse().map(Self::Day).map_err(|_| fault()),
            _ => Err(fault()),
        }
    }
}

impl TryFrom<String> for PartialDate {
    type Error = PartialDateError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PartialDate> for String {
    fn from(date: PartialDate) -> Self {
        date.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_stays_a_month() -> Result<(), PartialDateError> {
        let date: PartialDate = "1994-05".parse()?;
        assert_eq!(date.to_string(), "1994-05");
        assert!(!date.is_exact());
        assert_eq!(date.latest_day().day(), 31);
        Ok(())
    }

    #[test]
    fn there_is_no_thirteenth_month() {
        assert!("1985-13".parse::<PartialDate>().is_err());
        assert!("1985-13-40".parse::<PartialDate>().is_err());
    }
}

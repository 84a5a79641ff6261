//! Working days of the State Council's calendar, make-up days included, as dated data.

mod months;
mod shipped;
mod year;

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

pub use months::{days_after, days_before, months_after, months_before};
pub use year::CalendarFault;
use year::Year;

/// Holidays and make-up days of the years that were loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeMap<i16, Year>,
}

impl Calendar {
    /// The years that come with Peiyu.
    #[must_use]
    pub fn shipped() -> &'static Self {
        shipped::calendar()
    }

    /// The same with one more year, as an operator loads it; a year already there is replaced.
    ///
    /// # Errors
    /// Not TOML, unknown keys, a day outside the year, a make-up day that is a holiday or no weekend.
    pub fn with_year(mut self, text: &str) -> Result<Self, CalendarFault> {
        let (number, year) = year::parse(text)?;
        self.years.insert(number, year);
        Ok(self)
    }

    /// Whether people work on that day; Monday to Friday where the year is not known.
    #[must_use]
    pub fn is_working_day(&self, day: Date) -> bool {
        let weekday = !year::is_weekend(day);
        match self.years.get(&day.year()) {
            Some(year) => year.make_up_days.contains(&day) || (weekday && !year.holidays.contains(&day)),
            None => weekday,
        }
    }

    /// Whether the year of that day was loaded; if not, answers are reckoned from weekdays and said so.
    #[must_use]
    pub fn knows(&self, day: Date) -> bool {
        self.years.contains_key(&day.year())
    }

    /// The years that were loaded, in order.
    pub fn years(&self) -> impl Iterator<Item = i16> {
        self.years.keys().copied()
    }

    /// The n-th working day after that day; the day itself for 0.
    #[must_use]
    pub fn add_working_days(&self, day: Date, n: u32) -> Date {
        let mut reached = day;
        for _ in 0..n {
            reached = self.next_working_day_on_or_after(reached.saturating_add(1.day()));
        }
        reached
    }

    /// That day, or the next on which people work.
    #[must_use]
    pub fn next_working_day_on_or_after(&self, day: Date) -> Date {
        let mut reached = day;
        // No holiday of one country lasts a year; the calendar's own end (9999) stops here too.
        for _ in 0..366 {
            if self.is_working_day(reached) {
                return reached;
            }
            reached = reached.saturating_add(1.day());
        }
        reached
    }
}

#[cfg(test)]
mod tests;

//! Working days of the State Council's calendar, make-up days included, as dated data.

use jiff::civil::Date;

/// Holidays and make-up days of the years that were loaded.
#[derive(Debug, Clone, Default)]
pub struct Calendar {
    years: std::collections::BTreeMap<i16, Year>,
}

#[derive(Debug, Clone, Default)]
struct Year {
    holidays: std::collections::BTreeSet<Date>,
    make_up_days: std::collections::BTreeSet<Date>,
}

impl Calendar {
    /// Whether people work on that day; Monday to Friday where the year is not known.
    #[must_use]
    pub fn is_working_day(&self, day: Date) -> bool {
        let weekday = day.weekday().to_monday_one_offset() <= 5;
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
}

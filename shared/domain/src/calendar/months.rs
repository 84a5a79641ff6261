//! Calendar arithmetic, decided once: a month ends on the same day, clipped to the month's end.

use jiff::civil::Date;
use jiff::{Span, ToSpan};

/// The same day so many months later; the month's last day where it is shorter.
#[must_use]
pub fn months_after(day: Date, months: u32) -> Date {
    day.saturating_add(span_of_months(months))
}

/// The same day so many months earlier; the month's last day where it is shorter.
#[must_use]
pub fn months_before(day: Date, months: u32) -> Date {
    day.saturating_sub(span_of_months(months))
}

/// So many days later.
#[must_use]
pub fn days_after(day: Date, days: u32) -> Date {
    day.saturating_add(i64::from(days.min(MOST_DAYS)).days())
}

/// So many days earlier.
#[must_use]
pub fn days_before(day: Date, days: u32) -> Date {
    day.saturating_sub(i64::from(days.min(MOST_DAYS)).days())
}

/// Limits within which jiff makes spans without complaint: about ten thousand years.
const MOST_DAYS: u32 = 3_600_000;
const MOST_MONTHS: u32 = 119_000;

fn span_of_months(months: u32) -> Span {
    i64::from(months.min(MOST_MONTHS)).months()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_month_ends_on_the_same_day_clipped_to_its_end() {
        assert_eq!(months_after(date(2026, 6, 30), 3), date(2026, 9, 30));
        assert_eq!(months_after(date(2026, 11, 30), 3), date(2027, 2, 28));
        assert_eq!(months_after(date(2027, 11, 30), 3), date(2028, 2, 29));
        assert_eq!(months_before(date(2026, 3, 31), 1), date(2026, 2, 28));
    }

    #[test]
    fn the_end_of_the_calendar_is_no_panic() {
        assert_eq!(months_after(Date::MAX, u32::MAX), Date::MAX);
        assert_eq!(days_before(Date::MIN, u32::MAX), Date::MIN);
        assert_eq!(days_after(date(2026, 12, 31), 1), date(2027, 1, 1));
    }
}

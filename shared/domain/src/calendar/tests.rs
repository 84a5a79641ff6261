//! Holidays, make-up days and the years that nobody loaded.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;

const YEAR_2027: &str = r#"
year = 2027
source = "test"
holidays = ["2027-01-01"]
make_up_days = ["2027-01-02"]
"#;

#[test]
fn the_national_day_of_2026_spends_no_working_day() {
    let calendar = Calendar::shipped();
    let due = date(2026, 9, 30);
    assert!(calendar.is_working_day(due));
    for day in 1..=7 {
        assert!(!calendar.is_working_day(date(2026, 10, day)), "1 to 7 October is a holiday");
    }
    assert_eq!(calendar.add_working_days(due, 1), date(2026, 10, 8));
    assert_eq!(calendar.add_working_days(due, 5), date(2026, 10, 13));
    assert_eq!(calendar.next_working_day_on_or_after(date(2026, 10, 1)), date(2026, 10, 8));
}

#[test]
fn a_make_up_saturday_and_sunday_are_working_days() {
    let calendar = Calendar::shipped();
    assert!(calendar.is_working_day(date(2026, 10, 10)));
    assert!(calendar.is_working_day(date(2026, 9, 20)));
    assert!(!calendar.is_working_day(date(2026, 10, 11)));
    assert_eq!(calendar.add_working_days(date(2026, 10, 9), 1), date(2026, 10, 10));
}

#[test]
fn a_year_without_a_table_is_reckoned_from_weekdays_and_said_so() {
    let calendar = Calendar::shipped();
    assert_eq!(calendar.years().collect::<Vec<_>>(), [2021, 2022, 2023, 2024, 2025, 2026]);
    assert!(calendar.knows(date(2026, 12, 31)));
    assert!(!calendar.knows(date(2027, 1, 1)));
    assert!(calendar.is_working_day(date(2027, 1, 1)), "a Friday, holiday or not");
    assert!(!calendar.is_working_day(date(2027, 1, 2)), "a Saturday");
}

#[test]
fn next_years_file_can_be_loaded() -> Result<(), CalendarFault> {
    let calendar = Calendar::shipped().clone().with_year(YEAR_2027)?;
    assert!(calendar.knows(date(2027, 6, 1)));
    assert!(!calendar.is_working_day(date(2027, 1, 1)));
    assert!(calendar.is_working_day(date(2027, 1, 2)));
    assert!(calendar.knows(date(2026, 6, 1)));
    Ok(())
}

#[test]
fn a_wrong_file_is_refused_with_the_day() {
    let load = |from: &str, to: &str| Calendar::default().with_year(&YEAR_2027.replace(from, to));
    assert_eq!(
        load("\"2027-01-02\"", "\"2027-01-04\""),
        Err(CalendarFault::MakeUpOnWeekday(date(2027, 1, 4)))
    );
    assert_eq!(load("\"2027-01-02\"", "\"2027-01-01\""), Err(CalendarFault::Both(date(2027, 1, 1))));
    assert_eq!(
        load("\"2027-01-01\"", "\"2026-01-01\""),
        Err(CalendarFault::OtherYear { day: date(2026, 1, 1), year: 2027 })
    );
    assert_eq!(load("\"2027-01-01\"", ""), Err(CalendarFault::Empty(2027)));
    assert_eq!(load("\"test\"", "\"\""), Err(CalendarFault::SourceMissing));
    assert!(matches!(load("2027-01-02", "2027-02-30"), Err(CalendarFault::Unreadable(_))));
    assert!(matches!(load("year", "years"), Err(CalendarFault::Unreadable(_))));
}

#[test]
fn zero_working_days_after_a_day_is_the_day() {
    assert_eq!(Calendar::shipped().add_working_days(date(2026, 10, 3), 0), date(2026, 10, 3));
}

proptest! {
    #[test]
    fn working_days_add_up(offset in 0_u32..2500, first in 0_u32..40, second in 0_u32..40) {
        let calendar = Calendar::shipped();
        let day = days_after(date(2021, 1, 1), offset);
        let at_once = calendar.add_working_days(day, first + second);
        let in_two = calendar.add_working_days(calendar.add_working_days(day, first), second);
        prop_assert_eq!(at_once, in_two);
        prop_assert!(first + second == 0 || calendar.is_working_day(at_once));
    }
}

//! Reads dates in the shapes in which personnel and Party offices write them; invents nothing.

use jiff::civil::Date;
use peiyu_domain::values::PartialDate;

use crate::cell::{Cell, number_text};

/// Years that a date of a living person or of their organisation can have.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2100;

/// The date in a cell, or nothing when it is none that can be read without guessing.
///
/// Read are date cells and `1994-05-22`, `1994/05/22`, `1994.05.22`, `19940522`, `1994年05月22日`, and
/// without a day `1994.05`, `1994-05`, `1994/05`, `1994年5月`. The text must be cleaned already.
#[must_use]
pub fn read_date(cell: &Cell, cleaned: &str) -> Option<PartialDate> {
    match cell {
        Cell::Date(date) => Some(PartialDate::Day(*date)).filter(|_| YEARS.contains(&date.year())),
        Cell::Month { year, month } => month_of(*year, *month),
        Cell::Number(number) => read_number(*number),
        Cell::Text(_) => read_text(cleaned),
        Cell::Unreadable(_) | Cell::Bool(_) | Cell::Formula(_) => None,
    }
}

/// `19940522`, and `1994.05` where the lost zero of `1994.10` cannot be meant.
fn read_number(number: f64) -> Option<PartialDate> {
    let text = number_text(number);
    match text.split_once('.') {
        None => read_text(&text),
        // Excel turns 1994.10 into 1994.1: January or October, nobody knows.
        Some((_, "1")) => None,
        Some((year, fraction)) if year.len() == 4 && matches!(fraction.len(), 1 | 2) => {
            month_of(year.parse().ok()?, fraction.parse().ok()?)
        }
        Some(_) => None,
    }
}

fn read_text(text: &str) -> Option<PartialDate> {
    // A time of day behind the date, as databases export it, says nothing here.
    let text =
        text.split_once([' ', 'T']).map_or(text, |(date, time)| if is_time(time) { date } else { text });
    let parts: Vec<&str> = if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        vec![text.get(..4)?, text.get(4..6)?, text.get(6..)?]
    } else if let Some((year, rest)) = text.split_once('年') {
        let (month, day) = rest.split_once('月')?;
        match day.trim_end_matches(['日', '号']) {
            "" if day.is_empty() => vec![year, month],
            day => vec![year, month, day],
        }
    } else {
        let separator = ['-', '/', '.'].into_iter().find(|separator| text.contains(*separator))?;
        text.split(separator).collect()
    };
    match parts.as_slice() {
        [year, month] => month_of(year_of(year)?, part_of(month)?),
        [year, month, day] => {
            let date = Date::new(year_of(year)?, part_of(month)?, part_of(day)?).ok()?;
            Some(PartialDate::Day(date))
        }
        _ => None,
    }
}

fn is_time(text: &str) -> bool {
    text.len() >= 4
        && text.contains(':')
        && text.bytes().all(|byte| byte.is_ascii_digit() || b":.".contains(&byte))
}

fn month_of(year: i16, month: i8) -> Option<PartialDate> {
    PartialDate::month(year, month).ok().filter(|_| YEARS.contains(&year))
}

fn year_of(text: &str) -> Option<i16> {
    let text = text.trim();
    let digits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|year| digits && YEARS.contains(year))
}

fn part_of(text: &str) -> Option<i8> {
    let text = text.trim();
    let digits = matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<String> {
        read_date(&Cell::Text(text.to_owned()), text).map(|date| date.to_string())
    }

    #[test]
    fn what_is_no_date_is_not_guessed() {
        for text in [
            "1985-13-40",
            "不详",
            "九十年代",
            "2025年春",
            "1994",
            "199405",
            "94.05",
            "1994-02-30",
            "",
            "1994.05.22.1",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_that_may_have_lost_its_zero_is_not_read() {
        let number = |value| read_date(&Cell::Number(value), "").map(|date| date.to_string());
        assert_eq!(number(1994.1), None);
        assert_eq!(number(1994.05).as_deref(), Some("1994-05"));
        assert_eq!(number(1994.5).as_deref(), Some("1994-05"));
        assert_eq!(number(1994.12).as_deref(), Some("1994-12"));
        assert_eq!(number(19_940_522.0).as_deref(), Some("1994-05-22"));
        assert_eq!(number(34_476.0), None, "a serial number counts only with a date format");
    }

    #[test]
    fn a_month_cell_stays_a_month() {
        let date = read_date(&Cell::Month { year: 1994, month: 5 }, "");
        assert_eq!(date.map(|date| date.to_string()).as_deref(), Some("1994-05"));
    }

    #[test]
    fn a_time_of_day_is_left_out() {
        assert_eq!(read("2024-06-27 00:00:00").as_deref(), Some("2024-06-27"));
    }

    proptest! {
        #[test]
        fn every_shape_of_a_day_is_read_back(year in 1900_i16..=2100, month in 1_i8..=12, day in 1_i8..=28) {
            let expected = Some(format!("{year:04}-{month:02}-{day:02}"));
            prop_assert_eq!(&read(&format!("{year:04}-{month:02}-{day:02}")), &expected);
            prop_assert_eq!(&read(&format!("{year:04}/{month}/{day}")), &expected);
            prop_assert_eq!(&read(&format!("{year:04}.{month:02}.{day:02}")), &expected);
            prop_assert_eq!(&read(&format!("{year:04}{month:02}{day:02}")), &expected);
            prop_assert_eq!(&read(&format!("{year:04}年{month:02}月{day}日")), &expected);
        }

        #[test]
        fn every_shape_of_a_month_stays_a_month(year in 1900_i16..=2100, month in 1_i8..=12) {
            let expected = Some(format!("{year:04}-{month:02}"));
            prop_assert_eq!(&read(&format!("{year:04}.{month}")), &expected);
            prop_assert_eq!(&read(&format!("{year:04}.{month:02}")), &expected);
            prop_assert_eq!(&read(&format!("{year:04}年{month}月")), &expected);
            prop_assert_eq!(&read(&format!("{year:04}-{month:02}")), &expected);
        }
    }
}

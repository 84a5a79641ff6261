//! The years that come with Peiyu; a new one is a file here and a line below.

use std::sync::LazyLock;

use super::Calendar;

pub(super) const YEARS: [&str; 6] = [
    include_str!("shipped/2021.toml"),
    include_str!("shipped/2022.toml"),
    include_str!("shipped/2023.toml"),
    include_str!("shipped/2024.toml"),
    include_str!("shipped/2025.toml"),
    include_str!("shipped/2026.toml"),
];

pub(super) fn calendar() -> &'static Calendar {
    #[expect(clippy::expect_used, reason = "embedded files; a test reads them")]
    static CALENDAR: LazyLock<Calendar> = LazyLock::new(|| {
        YEARS.iter().fold(Calendar::default(), |calendar, text| {
            calendar.with_year(text).expect("the shipped calendar is right")
        })
    });
    &CALENDAR
}

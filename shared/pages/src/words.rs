//! The reader's language in templates: pairs that stand in the template, words of closed lists, dates.

use axum::http::{HeaderMap, header};
use axum_extra::extract::CookieJar;
use jiff::civil::{Date, Weekday};
use peiyu_language::Language;

/// The cookie that keeps a choice of language.
pub(crate) const COOKIE: &str = "peiyu_language";

/// Speaks the reader's language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words(pub(crate) Language);

impl Words {
    /// The language that was chosen, else the one that the browser prefers.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let jar = CookieJar::from_headers(headers);
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Self(match jar.get(COOKIE).map(|cookie| cookie.value()) {
            Some("zh") => Language::Zh,
            Some("en") => Language::En,
            _ => Language::negotiate(accepted),
        })
    }

    /// One of two wordings.
    pub(crate) fn say(self, zh: &'static str, en: &'static str) -> &'static str {
        match self.0 {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    /// What stands between a name and its value.
    pub(crate) fn colon(self) -> &'static str {
        self.say("：", ": ")
    }

    /// One of two wordings with a number in the place of `{}`.
    pub(crate) fn count(self, zh: &'static str, en: &'static str, number: impl std::fmt::Display) -> String {
        self.say(zh, en).replacen("{}", &number.to_string(), 1)
    }

    /// A word of a closed list.
    pub(crate) fn word(self, list: &str, word: &str) -> String {
        peiyu_language::word(self.0, list, word)
    }

    /// Why a row of a spreadsheet is rejected, and what to do about it.
    pub(crate) fn reason(self, code: &str) -> String {
        peiyu_language::import_reason(self.0, code)
    }

    /// A day in running text: 2026年11月23日.
    pub(crate) fn day(self, day: impl std::fmt::Display) -> String {
        peiyu_language::date(self.0, &day.to_string())
    }

    /// A day with its weekday, as `peiyu.js` writes it beside a field: 2026年11月23日 星期一. Nothing for any other text.
    pub(crate) fn full_day(self, day: impl std::fmt::Display) -> String {
        let Ok(date) = day.to_string().parse::<Date>() else { return String::new() };
        let (zh, en) = match date.weekday() {
            Weekday::Monday => ("星期一", "Monday"),
            Weekday::Tuesday => ("星期二", "Tuesday"),
            Weekday::Wednesday => ("星期三", "Wednesday"),
            Weekday::Thursday => ("星期四", "Thursday"),
            Weekday::Friday => ("星期五", "Friday"),
            Weekday::Saturday => ("星期六", "Saturday"),
            Weekday::Sunday => ("星期日", "Sunday"),
        };
        match self.0 {
            Language::Zh => format!("{} {zh}", self.day(date)),
            Language::En => format!("{en}, {}", self.day(date)),
        }
    }

    /// The tag for `lang` and `Accept-Language`.
    pub(crate) fn tag(self) -> &'static str {
        self.0.tag()
    }

    /// Whether English was chosen.
    pub(crate) fn is_english(self) -> bool {
        self.0 == Language::En
    }
}

/// An instant as the clock of Shanghai shows it, to the minute.
pub(crate) fn at(instant: jiff::Timestamp) -> String {
    let offset = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    instant.to_zoned(offset).strftime("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_told_with_its_weekday_and_other_text_is_not() {
        assert_eq!(Words(Language::Zh).full_day("2026-11-23"), "2026年11月23日 星期一");
        assert_eq!(Words(Language::En).full_day("2026-11-22"), "Sunday, 22 November 2026");
        assert_eq!(Words(Language::Zh).full_day("gestern"), "");
    }
}

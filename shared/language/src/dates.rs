//! Dates as people write them.

use crate::Language;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `2026-11-23` or `2026-11` in words; none for any other text.
pub(crate) fn written(language: Language, iso: &str) -> Option<String> {
    let shape_fits = matches!(iso.len(), 7 | 10) && iso.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    if !shape_fits {
        return None;
    }
    let mut parts = iso.split('-');
    let year = parts.next().filter(|year| year.len() == 4)?;
    let month: usize = parts.next().filter(|month| month.len() == 2)?.parse().ok()?;
    let name = month.checked_sub(1).and_then(|index| MONTHS.get(index))?;
    match (parts.next(), parts.next()) {
        (None, _) => Some(match language {
            Language::Zh => format!("{year}年{month}月"),
            Language::En => format!("{name} {year}"),
        }),
        (Some(day), None) => {
            let day: u8 = day.parse().ok().filter(|day| (1..=31).contains(day))?;
            Some(match language {
                Language::Zh => format!("{year}年{month}月{day}日"),
                Language::En => format!("{day} {name} {year}"),
            })
        }
        (Some(_), Some(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_months_are_written_out_and_other_text_is_left_alone() {
        assert_eq!(written(Language::Zh, "2026-11-23").as_deref(), Some("2026年11月23日"));
        assert_eq!(written(Language::En, "1994-05").as_deref(), Some("May 1994"));
        for other in ["2026-13-01", "0012345678", "2026-11-2", "8-10-2026-1", "1234567"] {
            assert_eq!(written(Language::Zh, other), None, "{other}");
        }
    }
}

//! Reads `Accept-Language`.

use crate::Language;

/// Ranges that are looked at; a longer header is cut, not refused.
const MOST_RANGES: usize = 16;

/// The best of our languages; the first named wins among equals.
pub(crate) fn preferred(header: &str) -> Language {
    let mut best = (Language::Zh, 0.0_f32);
    for range in header.split(',').take(MOST_RANGES) {
        let mut parts = range.split(';');
        let tag = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let quality = parts
            .find_map(|part| part.trim().strip_prefix("q=")?.parse::<f32>().ok())
            .unwrap_or(1.0)
            .clamp(0.0, 1.0);
        let Some(language) = spoken(&tag) else { continue };
        if quality > best.1 {
            best = (language, quality);
        }
    }
    best.0
}

fn spoken(tag: &str) -> Option<Language> {
    match tag.split('-').next()? {
        "zh" | "*" => Some(Language::Zh),
        "en" => Some(Language::En),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_comes_first_and_english_when_it_is_preferred() {
        assert_eq!(Language::negotiate(None), Language::Zh);
        assert_eq!(Language::negotiate(Some("fr, *;q=0.1")), Language::Zh);
        assert_eq!(Language::negotiate(Some("en-GB,en;q=0.9,zh;q=0.8")), Language::En);
        assert_eq!(Language::negotiate(Some("zh-CN,zh;q=0.9,en;q=0.8")), Language::Zh);
        assert_eq!(Language::negotiate(Some("en;q=0, de")), Language::Zh);
        assert_eq!(Language::negotiate(Some("zh;q=0.2, EN;q=0.5")), Language::En);
        assert_eq!(Language::negotiate(Some(";;;,,q=x")), Language::Zh);
    }
}

//! Fills `{fact}` and `{fact:list}` in a sentence.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{Language, book, dates};

/// A piece of a sentence.
enum Piece<'a> {
    Text(&'a str),
    Fact { name: &'a str, list: Option<&'a str> },
}

/// Puts the facts in; a fact that is missing shows as `…`.
pub(crate) fn fill(language: Language, sentence: &str, facts: &Value) -> String {
    let mut filled = String::with_capacity(sentence.len() + 16);
    for piece in pieces(sentence) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Fact { name, list } => filled.push_str(&written(language, facts.get(name), list)),
        }
    }
    filled
}

/// The facts that a sentence names.
#[cfg_attr(not(test), expect(dead_code, reason = "asked by the tests of the books only"))]
pub(crate) fn names(sentence: &str) -> BTreeSet<&str> {
    pieces(sentence)
        .filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Fact { name, .. } => Some(name),
        })
        .collect()
}

fn pieces(sentence: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = sentence;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some((inner, after)) = rest.strip_prefix('{').and_then(|inside| inside.split_once('}')) {
            rest = after;
            let (name, list) = inner.split_once(':').map_or((inner, None), |(name, list)| (name, Some(list)));
            return Some(Piece::Fact { name, list });
        }
        let end = rest.char_indices().skip(1).find(|(_, c)| *c == '{').map_or(rest.len(), |(at, _)| at);
        let (text, after) = rest.split_at(end);
        rest = after;
        Some(Piece::Text(text))
    })
}

fn written(language: Language, fact: Option<&Value>, list: Option<&str>) -> String {
    match (fact, list) {
        (None | Some(Value::Null), _) => "…".to_owned(),
        (Some(Value::Number(number)), Some("tenths")) => tenths(number.as_u64().unwrap_or(0)),
        (Some(Value::String(code)), Some(list)) => {
            book::word(language, list, code).unwrap_or(code).to_owned()
        }
        (Some(Value::String(text)), None) => dates::written(language, text).unwrap_or_else(|| text.clone()),
        (Some(Value::Array(values)), list) => {
            let parts: Vec<String> =
                values.iter().map(|value| written(language, Some(value), list)).collect();
            parts.join(match language {
                Language::Zh => "、",
                Language::En => ", ",
            })
        }
        (Some(other @ (Value::Number(_) | Value::Bool(_) | Value::Object(_))), _) => other.to_string(),
    }
}

fn tenths(number: u64) -> String {
    match number % 10 {
        0 => (number / 10).to_string(),
        rest => format!("{}.{rest}", number / 10),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn facts_are_filled_in_with_dates_as_people_write_them() {
        let facts = json!({ "since": "2026-11-03", "talk": 2 });
        assert_eq!(fill(Language::Zh, "自{since}起，第 {talk} 次", &facts), "自2026年11月3日起，第 2 次");
        assert_eq!(fill(Language::En, "since {since}", &facts), "since 3 November 2026");
    }

    #[test]
    fn a_coded_fact_is_looked_up_in_its_list() {
        let facts = json!({ "field": "born_on", "hours": 85 });
        assert_eq!(fill(Language::Zh, "“{field:field}”{hours:tenths}", &facts), "“出生年月”8.5");
    }

    #[test]
    fn a_missing_fact_and_a_lone_brace_do_no_harm() {
        assert_eq!(fill(Language::En, "{gone} and { alone", &json!({})), "… and { alone");
    }
}

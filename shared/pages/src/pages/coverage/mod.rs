//! 联系覆盖: who has a liaison and where they stand, organisation by organisation, on any day.

mod gaps;
mod picture;
mod proposal;

use axum::Router;
use axum::routing::get;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use crate::Pages;
use crate::words::Words;

pub(crate) fn routes() -> Router<Pages> {
    Router::new()
        .route("/coverage", get(picture::show))
        .route("/coverage/export", get(picture::export))
        .route("/coverage/gaps", get(gaps::show))
        .route("/coverage/proposal", get(proposal::show).post(proposal::apply))
}

/// Where somebody stands, best first: word of the interface, sign, Chinese, English.
const STANDINGS: [Standing; 5] = [
    Standing { code: "talked", sign: "✓", zh: "已谈话", en: "talked" },
    Standing { code: "due_soon", sign: "…", zh: "即将到期", en: "due soon" },
    Standing { code: "overdue", sign: "!", zh: "逾期", en: "overdue" },
    Standing { code: "never", sign: "○", zh: "从未谈话", en: "never talked" },
    Standing { code: "nobody", sign: "×", zh: "没有联系人", en: "no liaison" },
];

#[derive(Debug, Clone, Copy)]
struct Standing {
    code: &'static str,
    sign: &'static str,
    zh: &'static str,
    en: &'static str,
}

impl Standing {
    fn of(code: &str) -> Option<Self> {
        STANDINGS.into_iter().find(|standing| standing.code == code)
    }

    fn word(&self, l: Words) -> &'static str {
        l.say(self.zh, self.en)
    }
}

/// What an address asks for; an empty field of a form is none.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    #[serde(deserialize_with = "filled")]
    as_of: Option<String>,
    #[serde(deserialize_with = "filled")]
    organisation: Option<String>,
    #[serde(deserialize_with = "filled")]
    standing: Option<String>,
    after: Option<Uuid>,
}

impl Asked {
    /// The day in the address, when it is one.
    fn day(&self) -> Option<Date> {
        self.as_of.as_ref()?.parse().ok()
    }

    /// The same question to the interface, or as an address of ours.
    fn query(&self) -> String {
        let parts = [
            ("as_of", self.day().map(|day| day.to_string())),
            (
                "organisation",
                self.organisation.as_ref().and_then(|id| id.parse::<Uuid>().ok()).map(|id| id.to_string()),
            ),
            ("standing", self.standing.as_deref().and_then(Standing::of).map(|one| one.code.to_owned())),
        ];
        let parts: Vec<String> =
            parts.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?))).collect();
        if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
    }

    fn at(&self, path: &str) -> String {
        format!("{path}{}", self.query())
    }
}

fn filled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_carries_only_what_was_asked_and_is_understood() {
        let asked = |as_of: &str, organisation: &str, standing: &str| Asked {
            as_of: Some(as_of.to_owned()),
            organisation: Some(organisation.to_owned()),
            standing: Some(standing.to_owned()),
            after: None,
        };
        assert_eq!(Asked::default().at("/coverage"), "/coverage");
        let id = "0199a1b2-0000-7000-8000-000000000001";
        assert_eq!(
            asked("2026-11-01", id, "never").at("/coverage"),
            format!("/coverage?as_of=2026-11-01&organisation={id}&standing=never")
        );
        assert_eq!(asked("gestern", "x\"><script>", "best").at("/coverage"), "/coverage");
    }
}

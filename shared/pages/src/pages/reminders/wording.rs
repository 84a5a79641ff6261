//! The words of the letters in one language: as they stand, as they were, and what happened to them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ask::Ask;
use crate::fault::Fault;
use crate::words::{Words, at};

/// The texts of a letter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Texts {
    pub(super) subject: String,
    pub(super) opening: String,
    pub(super) closing: String,
}

/// What holds now.
#[derive(Debug, Deserialize)]
pub(super) struct Standing {
    pub(super) language: String,
    pub(super) in_use: bool,
    pub(super) version: i64,
    pub(super) is_shipped: bool,
    pub(super) texts: Texts,
    pub(super) shipped: Texts,
    pub(super) placeholders: Vec<Place>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Place {
    pub(super) code: String,
    pub(super) written: String,
    pub(super) required_in: Option<String>,
}

/// One thing that happened.
#[derive(Debug, Deserialize)]
struct Change {
    version: i64,
    event_type: String,
    recorded_at: Timestamp,
    actor_name: Option<String>,
    texts: Option<Texts>,
}

/// A change as it is shown.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) version: i64,
    pub(super) when: String,
    pub(super) who: String,
    pub(super) what: String,
    /// The words from then on, unless they were the shipped ones.
    pub(super) texts: Option<Texts>,
}

/// The words of one language with everything that happened to them, latest first.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) standing: Standing,
    changes: Vec<Change>,
}

#[derive(Debug, Deserialize)]
struct Listed<T> {
    items: Vec<T>,
}

/// A language of letters; Chinese unless the other was asked for.
pub(super) fn language(asked: &str) -> &'static str {
    if asked == "en" { "en" } else { "zh" }
}

impl Known {
    pub(super) async fn of(ask: &Ask, asked: &str) -> Result<Self, Fault> {
        let language = language(asked);
        let standing: Listed<Standing> = ask.get("/v1/reminders/templates").await?;
        let standing = standing.items.into_iter().find(|one| one.language == language);
        let standing = standing.ok_or_else(|| Fault::Broken(format!("no template in {language}")))?;
        let path = format!("/v1/reminders/templates/{language}/changes");
        let changes: Listed<Change> = ask.get(&path).await?;
        Ok(Self { standing, changes: changes.items })
    }

    /// The tag of the letters' language.
    pub(super) fn tag(&self) -> &'static str {
        if self.standing.language == "en" { "en" } else { "zh-CN" }
    }

    /// The words at a version; none when that is too long ago to be listed.
    pub(super) fn at(&self, version: i64) -> Option<Texts> {
        if version == 0 {
            return Some(self.standing.shipped.clone());
        }
        let change = self.changes.iter().find(|change| change.version == version)?;
        Some(change.texts.clone().unwrap_or_else(|| self.standing.shipped.clone()))
    }

    /// Everything that happened, latest first.
    pub(super) fn told(&self, l: Words) -> Vec<Told> {
        let told = |change: &Change| Told {
            version: change.version,
            when: at(change.recorded_at),
            who: change.actor_name.clone().unwrap_or_else(|| l.say("系统管理员", "operator").to_owned()),
            what: self.what(change, l),
            texts: change.texts.clone(),
        };
        self.changes.iter().map(told).collect()
    }

    /// What others did since a version, in one line each.
    pub(super) fn since(&self, version: i64, l: Words) -> Vec<String> {
        let later = self.told(l).into_iter().filter(|told| told.version > version);
        later.map(|Told { when, who, what, .. }| format!("{when} {who}{}{what}", l.colon())).collect()
    }

    /// What was typed, with the latest words where nothing was typed.
    pub(super) fn merged(&self, typed: Texts, seen: i64) -> Texts {
        let Some(seen) = self.at(seen) else { return typed };
        let now = &self.standing.texts;
        let pick = |typed: String, seen: &str, now: &str| if typed == seen { now.to_owned() } else { typed };
        Texts {
            subject: pick(typed.subject, &seen.subject, &now.subject),
            opening: pick(typed.opening, &seen.opening, &now.opening),
            closing: pick(typed.closing, &seen.closing, &now.closing),
        }
    }

    /// Which texts a change changed.
    fn what(&self, change: &Change, l: Words) -> String {
        let event = l.word("event", &change.event_type);
        let (Some(before), Some(after)) = (self.at(change.version - 1), self.at(change.version)) else {
            return event;
        };
        let fields = [
            ("subject", before.subject != after.subject),
            ("opening", before.opening != after.opening),
            ("closing", before.closing != after.closing),
        ];
        let changed: Vec<String> = fields
            .into_iter()
            .filter(|(_, is_changed)| *is_changed)
            .map(|(field, _)| l.word("letter_field", field))
            .collect();
        if changed.is_empty() {
            return event;
        }
        format!("{event}{}{}{}", l.say("（", " ("), changed.join(l.say("、", ", ")), l.say("）", ")"))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use peiyu_language::Language;
    use serde_json::json;

    use super::*;

    fn texts(subject: &str, closing: &str) -> serde_json::Value {
        json!({ "subject": subject, "opening": "{姓名}", "closing": closing })
    }

    /// Version 1 changed the subject, 2 restored, 3 changed subject and closing.
    fn known() -> Known {
        let change = |version: i64, texts: Option<serde_json::Value>| {
            let event = if texts.is_some() { "LetterWordingSet" } else { "LetterWordingRestored" };
            json!({ "version": version, "event_type": event, "recorded_at": "2026-11-24T02:00:00Z",
                "actor_name": "王部长", "texts": texts })
        };
        let standing = json!({ "language": "zh", "in_use": true, "version": 3, "is_shipped": false,
            "texts": texts("三", "丙"), "shipped": texts("原", "原"), "placeholders": [] });
        let changes =
            [change(3, Some(texts("三", "丙"))), change(2, None), change(1, Some(texts("一", "原")))];
        Known {
            standing: serde_json::from_value(standing).unwrap(),
            changes: changes.into_iter().map(|change| serde_json::from_value(change).unwrap()).collect(),
        }
    }

    #[test]
    fn what_was_left_alone_becomes_the_latest_and_what_was_typed_stays() {
        let typed = Texts { subject: "我的".into(), opening: "{姓名}".into(), closing: "原".into() };
        let merged = known().merged(typed.clone(), 1);
        assert_eq!((merged.subject.as_str(), merged.closing.as_str()), ("我的", "丙"));
        assert_eq!(known().merged(typed.clone(), 99), typed, "nobody knows what was seen");
    }

    #[test]
    fn what_others_did_is_told_with_the_texts_that_changed() {
        let told = known().since(1, Words(Language::Zh));
        let set = "2026-11-24 10:00 王部长：修改信函用语（主题、结尾）";
        assert_eq!(told, [set, "2026-11-24 10:00 王部长：恢复系统自带信函用语（主题）"]);
    }
}

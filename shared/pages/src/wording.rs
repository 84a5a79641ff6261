//! The wording of a talk, as it was first and as corrected; the same parts in the same order everywhere.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::dossier::{number, recorded, text};
use crate::story::Change;
use crate::words::Words;

/// The parts of a talk as a form has them, all text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Wording {
    pub(crate) held_on: String,
    /// Not `form`: the browser's `form.form`, which htmx reads, would then be this field.
    #[serde(rename = "talk_form", alias = "form")]
    pub(crate) form: String,
    #[serde(deserialize_with = "one_or_more")]
    pub(crate) topics: Vec<String>,
    pub(crate) gist: String,
    pub(crate) place: String,
    pub(crate) wishes: String,
    pub(crate) follow_up: String,
    pub(crate) follow_up_until: String,
}

/// One talk of a candidate, from their events.
#[derive(Debug)]
pub(crate) struct Talk<'a> {
    /// The event by which it came on record.
    pub(crate) first: &'a Value,
    /// As it is now.
    pub(crate) wording: Wording,
    /// The corrections, each with what it changed.
    pub(crate) corrections: Vec<(&'a Value, Vec<Change>)>,
}

impl<'a> Talk<'a> {
    /// Talk `number` of a candidate's own events up to a version; none when it is not among them.
    pub(crate) fn of(
        events: impl Iterator<Item = &'a Value>,
        talk: i64,
        up_to: Option<i64>,
        l: Words,
    ) -> Option<Self> {
        let seen = events.filter(|event| up_to.is_none_or(|version| number(event, "/sequence") <= version));
        let mut found: Option<Self> = None;
        for event in seen.filter(|event| number(event, "/content/talk") == talk) {
            match (text(event, "/event_type"), &mut found) {
                ("TalkRecorded", _) => {
                    let wording = Wording::first(event, l);
                    found = Some(Self { first: event, wording, corrections: Vec::new() });
                }
                ("TalkCorrected", Some(known)) => {
                    let corrected = known.wording.corrected(event, l);
                    let changes = known.wording.changes(&corrected, l);
                    known.corrections.push((event, changes));
                    known.wording = corrected;
                }
                _ => {}
            }
        }
        found
    }
}

impl Wording {
    fn first(event: &Value, l: Words) -> Self {
        let day = match text(event, "/content/held_on") {
            "" => recorded(event).map(|moment| moment.date().to_string()).unwrap_or_default(),
            day => day.to_owned(),
        };
        let blank = Self { held_on: day, form: text(event, "/content/form").to_owned(), ..Self::default() };
        blank.with(event.pointer("/content/content").unwrap_or(&Value::Null), l)
    }

    fn corrected(&self, event: &Value, l: Words) -> Self {
        self.clone().with(event.pointer("/content/correction").unwrap_or(&Value::Null), l)
    }

    /// With the parts that are there.
    fn with(mut self, parts: &Value, l: Words) -> Self {
        let part = |name: &str| parts.get(name).filter(|value| !value.is_null()).map(|value| plain(value, l));
        for (place, name) in [
            (&mut self.held_on, "held_on"),
            (&mut self.form, "form"),
            (&mut self.gist, "gist"),
            (&mut self.place, "place"),
            (&mut self.wishes, "wishes"),
        ] {
            if let Some(text) = part(name) {
                *place = text;
            }
        }
        match parts.get("topics") {
            Some(Value::Array(topics)) => self.topics = topics.iter().map(|topic| plain(topic, l)).collect(),
            Some(Value::Null) | None => {}
            Some(other) => self.topics = vec![plain(other, l)],
        }
        if let Some(follow_up) = parts.get("follow_up").filter(|value| !value.is_null()) {
            self.follow_up = follow_up.get("what").map(|what| plain(what, l)).unwrap_or_default();
            self.follow_up_until = text(follow_up, "/until").to_owned();
        }
        self
    }

    /// Every part with its name and how it reads, empty ones included.
    pub(crate) fn parts(&self, l: Words) -> [(String, String); 7] {
        let follow_up = match (self.follow_up.as_str(), self.follow_up_until.as_str()) {
            (what, "") => what.to_owned(),
            (what, until) => format!("{what}{}", l.count("（期限 {}）", " (until {})", until)),
        };
        let form = if self.form.is_empty() { String::new() } else { l.word("talk_form", &self.form) };
        let topics: Vec<String> = self.topics.iter().map(|topic| l.word("talk_topic", topic)).collect();
        [
            ("held_on", l.day(&self.held_on)),
            ("form", form),
            ("place", self.place.clone()),
            ("topics", topics.join(l.say("、", ", "))),
            ("gist", self.gist.clone()),
            ("wishes", self.wishes.clone()),
            ("follow_up", follow_up),
        ]
        .map(|(name, text)| (l.word("talk_field", name), text))
    }

    fn changes(&self, later: &Self, l: Words) -> Vec<Change> {
        let both = self.parts(l).into_iter().zip(later.parts(l));
        let changed = both.filter(|((_, old), (_, new))| old != new);
        changed.map(|((what, old), (_, new))| Change { what, old, new }).collect()
    }
}

/// A field that a form may send several times; sent once, it is read as one text.
fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Sent {
        One(String),
        More(Vec<String>),
    }
    Ok(match Sent::deserialize(deserializer)? {
        Sent::One(text) => vec![text],
        Sent::More(texts) => texts,
    })
}

/// A value as text; what was erased says so.
pub(crate) fn plain(value: &Value, l: Words) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(_) => l.say("（已擦除）", "(erased)").to_owned(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use peiyu_language::Language;
    use serde_json::json;

    use super::*;

    const ZH: Words = Words(Language::Zh);

    fn events() -> Vec<Value> {
        vec![
            json!({ "event_type": "TalkRecorded", "sequence": 3, "content": {
                "talk": 1, "held_on": "2026-11-20", "form": "single",
                "content": { "place": null, "topics": ["思想状况"], "gist": "谈了近况。", "wishes": null,
                    "follow_up": { "what": "送学习材料", "until": "2026-12-01" } } } }),
            json!({ "event_type": "TalkCorrected", "sequence": 5, "content": {
                "talk": 1, "reason": "记错了", "correction": { "held_on": null, "form": "telephone",
                    "gist": "谈了近况和教学。", "topics": null, "place": null, "wishes": null, "follow_up": null } } }),
        ]
    }

    #[test]
    fn a_correction_changes_its_parts_alone_and_keeps_the_wording_before() {
        let events = events();
        let Some(talk) = Talk::of(events.iter(), 1, None, ZH) else { panic!("the talk is not found") };
        assert_eq!(
            (talk.wording.form.as_str(), talk.wording.gist.as_str()),
            ("telephone", "谈了近况和教学。")
        );
        assert_eq!(talk.wording.topics, ["思想状况"]);
        let [(_, changes)] = talk.corrections.as_slice() else { panic!("one correction") };
        let said: Vec<(&str, &str, &str)> =
            changes.iter().map(|one| (one.what.as_str(), one.old.as_str(), one.new.as_str())).collect();
        assert_eq!(
            said,
            [("谈话形式", "个别谈话", "电话谈话"), ("谈话内容", "谈了近况。", "谈了近况和教学。")]
        );
    }

    #[test]
    fn a_wording_is_found_again_as_it_was_at_a_version() {
        let events = events();
        let seen = Talk::of(events.iter(), 1, Some(4), ZH).map(|talk| talk.wording.gist);
        assert_eq!(seen.as_deref(), Some("谈了近况。"));
        assert!(Talk::of(events.iter(), 1, Some(2), ZH).is_none());
        assert!(Talk::of(events.iter(), 2, None, ZH).is_none());
    }
}

//! The form of a talk, new or corrected: everything is text, so that whatever was typed comes back.

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::wording::Wording;

pub(crate) const FORMS: [&str; 3] = ["single", "group", "telephone"];
/// What most talks are about (Opinions 三(四)); tapped instead of typed, kept so, and shown by the words of `talk_topic`.
const TOPICS: [&str; 6] = ["思想状况", "教学科研", "工作生活", "政治学习", "入党意愿", "意见建议"];

/// The form as it was sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TalkForm {
    pub(crate) key: String,
    /// Version that a correction rests on.
    pub(crate) seen: String,
    /// Why it is corrected.
    pub(crate) reason: String,
    /// The talk as it was typed.
    #[serde(flatten)]
    pub(crate) talk: Wording,
}

impl TalkForm {
    /// Filled in as far as one can guess.
    pub(crate) fn new(today: Date) -> Self {
        let (held_on, form) = (today.to_string(), "single".to_owned());
        Self::of(Wording { held_on, form, ..Wording::default() })
    }

    /// Filled in with what is on record.
    pub(crate) fn of(talk: Wording) -> Self {
        Self { talk, ..Self::default() }
    }

    /// What was typed, with line breaks as they are kept.
    fn typed(&self) -> Wording {
        let clean = |text: &str| text.replace("\r\n", "\n").trim().to_owned();
        Wording {
            gist: clean(&self.talk.gist),
            place: clean(&self.talk.place),
            wishes: clean(&self.talk.wishes),
            follow_up: clean(&self.talk.follow_up),
            ..self.talk.clone()
        }
    }

    /// With what was typed where it differs from what was seen, and else with what is on record now.
    pub(crate) fn merged(self, seen: &Wording, now: Wording) -> Self {
        let typed = self.typed();
        fn pick<T: PartialEq>(typed: T, seen: &T, now: T) -> T {
            if typed == *seen { now } else { typed }
        }
        let talk = Wording {
            held_on: pick(typed.held_on, &seen.held_on, now.held_on),
            form: pick(typed.form, &seen.form, now.form),
            topics: pick(typed.topics, &seen.topics, now.topics),
            gist: pick(typed.gist, &seen.gist, now.gist),
            place: pick(typed.place, &seen.place, now.place),
            wishes: pick(typed.wishes, &seen.wishes, now.wishes),
            follow_up: pick(typed.follow_up, &seen.follow_up, now.follow_up),
            follow_up_until: pick(typed.follow_up_until, &seen.follow_up_until, now.follow_up_until),
        };
        Self { talk, ..self }
    }

    pub(crate) fn has_more(&self) -> bool {
        let Wording { place, wishes, follow_up, follow_up_until, .. } = &self.talk;
        [place, wishes, follow_up, follow_up_until].iter().any(|text| !text.is_empty())
    }

    /// Every topic to tap, those of the talk included, and whether it is tapped.
    pub(crate) fn choices(&self) -> Vec<(String, bool)> {
        let others = self.talk.topics.iter().filter(|topic| !TOPICS.contains(&topic.as_str()));
        let topics = TOPICS.iter().map(|topic| (*topic).to_owned()).chain(others.cloned());
        topics.map(|topic| (topic.clone(), self.talk.topics.contains(&topic))).collect()
    }

    /// As the HTTP interface wants a new talk.
    pub(crate) fn body(&self) -> Value {
        let talk = &self.talk;
        let mut body = json!({
            "held_on": talk.held_on, "form": talk.form, "topics": talk.topics, "gist": talk.gist,
        });
        for (name, text) in [("place", &talk.place), ("wishes", &talk.wishes)] {
            if !text.trim().is_empty() {
                body[name] = json!(text);
            }
        }
        if !talk.follow_up.trim().is_empty() || !talk.follow_up_until.is_empty() {
            body["follow_up"] = self.follow_up();
        }
        body
    }

    /// As the HTTP interface wants a correction: what differs from what was seen, and why.
    pub(crate) fn correction(&self, seen: &Wording) -> Value {
        let typed = self.typed();
        let mut body = json!({ "reason": self.reason });
        for (name, new, old) in [
            ("held_on", &typed.held_on, &seen.held_on),
            ("form", &typed.form, &seen.form),
            ("gist", &typed.gist, &seen.gist),
            ("place", &typed.place, &seen.place),
            ("wishes", &typed.wishes, &seen.wishes),
        ] {
            if new != old {
                body[name] = json!(new);
            }
        }
        if typed.topics.iter().any(|topic| !seen.topics.contains(topic))
            || seen.topics.iter().any(|topic| !typed.topics.contains(topic))
        {
            body["topics"] = json!(typed.topics);
        }
        if typed.follow_up != seen.follow_up || typed.follow_up_until != seen.follow_up_until {
            body["follow_up"] = self.follow_up();
        }
        body
    }

    /// A part that was emptied: a correction says what is right, and cannot say that nothing is.
    pub(crate) fn emptied(&self, seen: &Wording) -> Option<&'static str> {
        let typed = self.typed();
        let parts = [
            ("place", typed.place, &seen.place),
            ("wishes", typed.wishes, &seen.wishes),
            ("follow_up", typed.follow_up, &seen.follow_up),
        ];
        parts.into_iter().find(|(_, new, old)| new.is_empty() && !old.is_empty()).map(|(name, _, _)| name)
    }

    fn follow_up(&self) -> Value {
        let mut follow_up = json!({ "what": self.talk.follow_up });
        if !self.talk.follow_up_until.is_empty() {
            follow_up["until"] = json!(self.talk.follow_up_until);
        }
        follow_up
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen() -> Wording {
        Wording {
            held_on: "2026-11-20".to_owned(),
            form: "single".to_owned(),
            topics: vec!["思想状况".to_owned()],
            gist: "谈了近况。\n还好。".to_owned(),
            place: "办公室".to_owned(),
            ..Wording::default()
        }
    }

    #[test]
    fn a_correction_says_only_what_differs_from_what_was_seen() {
        let mut form = TalkForm { reason: "记错了".to_owned(), ..TalkForm::of(seen()) };
        form.talk.gist = "谈了近况。\r\n还好。".to_owned();
        assert_eq!(form.correction(&seen()), json!({ "reason": "记错了" }), "line breaks are no change");
        form.talk.form = "telephone".to_owned();
        assert_eq!(form.correction(&seen()), json!({ "reason": "记错了", "form": "telephone" }));
        form.talk.place.clear();
        assert_eq!(form.emptied(&seen()), Some("place"));
    }

    #[test]
    fn what_somebody_else_changed_meanwhile_is_taken_over_where_one_typed_nothing() {
        let mut form = TalkForm::of(seen());
        form.talk.gist = "谈了近况和教学。".to_owned();
        let now = Wording { form: "group".to_owned(), gist: "谈了工作。".to_owned(), ..seen() };
        let merged = form.merged(&seen(), now).talk;
        assert_eq!((merged.form.as_str(), merged.gist.as_str()), ("group", "谈了近况和教学。"));
    }
}

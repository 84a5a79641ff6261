//! A dossier as a story: newest first, month by month; corrections stand in what they correct, gaps between.

use std::collections::BTreeMap;

use jiff::civil::Date;
use peiyu_language::story;
use serde_json::Value;

use crate::dossier::{Dossier, Gap, moment, number, recorded, text};
use crate::wording::{Talk, plain};
use crate::words::Words;

/// A value that became another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) what: String,
    pub(crate) old: String,
    pub(crate) new: String,
}

/// A correction, shown in what it corrects.
#[derive(Debug)]
pub(crate) struct Correction {
    pub(crate) told: String,
    pub(crate) recorded: String,
    pub(crate) reason: String,
    pub(crate) changes: Vec<Change>,
}

/// One line of the story.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    order: (Option<Date>, i64),
    /// `talk`, `liaison`, `pool`, `training`, `office`, `gap` or empty: how it is marked.
    pub(crate) mark: &'static str,
    pub(crate) day: String,
    pub(crate) told: String,
    /// The day of record, where it is not the day itself.
    pub(crate) recorded_on: Option<String>,
    pub(crate) facts: Vec<(String, String)>,
    pub(crate) changes: Vec<Change>,
    pub(crate) reason: String,
    pub(crate) corrections: Vec<Correction>,
    /// Address of the talk's own page.
    pub(crate) talk: Option<String>,
}

/// The lines of one month.
#[derive(Debug)]
pub(crate) struct Month {
    pub(crate) title: String,
    pub(crate) entries: Vec<Entry>,
}

/// The story of a dossier.
pub(crate) fn of(dossier: &Dossier, l: Words) -> Vec<Month> {
    let mut record = BTreeMap::new();
    let mut entries: Vec<Entry> = Vec::new();
    for event in &dossier.events {
        // A correction stands in its talk.
        if text(event, "/event_type") != "TalkCorrected" {
            entries.push(entry(dossier, event, &mut record, l));
        }
    }
    entries.extend(dossier.gaps.iter().map(|gap| nobody(gap, l)));
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.order));
    let mut months: Vec<Month> = Vec::new();
    for entry in entries {
        let title = entry.order.0.map_or_else(String::new, |day| month(day, l));
        match months.last_mut().filter(|last| last.title == title) {
            Some(last) => last.entries.push(entry),
            None => months.push(Month { title, entries: vec![entry] }),
        }
    }
    months
}

fn month(day: Date, l: Words) -> String {
    match l.is_english() {
        false => format!("{}年{}月", day.year(), day.month()),
        true => day.strftime("%B %Y").to_string(),
    }
}

fn entry(dossier: &Dossier, event: &Value, record: &mut BTreeMap<String, String>, l: Words) -> Entry {
    let recorded = recorded(event).map(|moment| moment.date());
    let occurred: Option<Date> = text(event, "/occurred_on").parse().ok();
    let talk = talk(dossier, event, l);
    // A talk stands on the day as corrected.
    let corrected = talk.as_ref().and_then(|talk| talk.wording.held_on.parse().ok());
    let day = corrected.or(occurred).or(recorded);
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut corrections = Vec::new();
    if let Some(talk) = &talk {
        let parts = talk.wording.parts(l).into_iter().skip(2);
        facts.extend(parts.filter(|(_, text)| !text.is_empty()));
        corrections.extend(talk.corrections.iter().map(|(event, changes)| Correction {
            told: dossier.told(event, l),
            recorded: moment(event),
            reason: event.pointer("/content/reason").map(|reason| plain(reason, l)).unwrap_or_default(),
            changes: changes.clone(),
        }));
    }
    facts.extend(origin(dossier, event, l));
    Entry {
        order: (day, number(event, "/position")),
        mark: mark(text(event, "/event_type")),
        day: day.map(|day| day.to_string()).unwrap_or_default(),
        told: dossier.told(event, l),
        recorded_on: recorded.filter(|recorded| Some(*recorded) != day).map(|day| l.day(day)),
        facts,
        changes: changes(event, record, l),
        reason: match text(event, "/event_type") {
            "PersonCorrected" => {
                event.pointer("/content/reason").map(|reason| plain(reason, l)).unwrap_or_default()
            }
            _ => String::new(),
        },
        corrections,
        talk: talk.map(|_| {
            let number = number(event, "/content/talk");
            format!("/people/{}/talks/{number}", text(event, "/aggregate_id"))
        }),
    }
}

/// The talk that an event put on record, as corrected since.
fn talk<'a>(dossier: &'a Dossier, event: &'a Value, l: Words) -> Option<Talk<'a>> {
    if text(event, "/event_type") != "TalkRecorded" {
        return None;
    }
    let stream = text(event, "/aggregate_id");
    let own = dossier.events.iter().filter(|other| text(other, "/aggregate_id") == stream);
    Talk::of(own, number(event, "/content/talk"), None, l)
}

/// Who put it on record and when, whence it came, by which policy it was judged.
fn origin(dossier: &Dossier, event: &Value, l: Words) -> Vec<(String, String)> {
    let said = |zh, en, text: String| (l.say(zh, en).to_owned(), text);
    let mut facts = vec![
        said("记录人", "Recorded by", story::actor(l.0, event, &dossier.names)),
        said("记录时间", "Recorded at", moment(event)),
        said("来源", "Origin", l.word("origin", text(event, "/origin"))),
    ];
    let policy = text(event, "/policy_version");
    if !policy.is_empty() {
        facts.push(said("政策版本", "Policy", policy.to_owned()));
    }
    facts.push(said("事件编号", "Event", text(event, "/event_id").to_owned()));
    facts
}

/// What an event changed of the person's record; `record` is what was known before, and is kept up.
fn changes(event: &Value, record: &mut BTreeMap<String, String>, l: Words) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut set = |field: &str, value: &Value| {
        let new = plain(value, l);
        let old = record.insert(field.to_owned(), new.clone()).unwrap_or_default();
        if old != new {
            changes.push(Change { what: l.word("field", field), old, new });
        }
    };
    match text(event, "/event_type") {
        "PersonRegistered" => {
            for (field, value) in fields(event, "/content/record") {
                set(field, value);
            }
            return Vec::new();
        }
        "RosterFactsChanged" => {
            for (field, value) in fields(event, "/content/changes") {
                set(field, value);
            }
        }
        "PersonCorrected" => {
            if let Some(value) = event.pointer("/content/value") {
                set(text(event, "/content/field"), value);
            }
        }
        _ => {}
    }
    changes
}

fn fields<'a>(event: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    event.pointer(pointer).and_then(Value::as_object).into_iter().flatten()
}

fn mark(kind: &str) -> &'static str {
    match kind {
        "TalkRecorded" => "talk",
        "LiaisonAssigned" | "LiaisonEnded" => "liaison",
        "PoolEntered" | "PoolLeft" => "pool",
        "TrainingCompleted" | "ParticipantEnrolled" | "ParticipantCompleted" => "training",
        "OfficeTaken" | "OfficeEnded" => "office",
        _ => "",
    }
}

/// 2026年3月1日至6月2日（93天）无联系人
fn nobody(gap: &Gap, l: Words) -> Entry {
    let (from, to) = (l.day(gap.from), until(gap, l));
    let days = l.count("（{}天）", " ({} days)", gap.days);
    let told = match (gap.open, gap.from == gap.to) {
        (true, _) => l.count("{}起至今", "Since {}", from) + &days,
        (false, true) => from + &days,
        (false, false) => l.count("{}至", "From {} to ", from) + &to + &days,
    };
    Entry {
        // A gap stands above what happened on its last day.
        order: (Some(gap.to), i64::MAX),
        mark: "gap",
        day: gap.to.to_string(),
        told: told + l.say("无联系人", " nobody accompanied them"),
        ..Entry::default()
    }
}

/// The last day of a gap, without the year when it is that of the first.
fn until(gap: &Gap, l: Words) -> String {
    let whole = l.day(gap.to);
    match gap.from.year() == gap.to.year() && !l.is_english() {
        true => whole.split_once('年').map_or(whole.clone(), |(_, rest)| rest.to_owned()),
        false => whole,
    }
}

#[cfg(test)]
mod tests {
    use peiyu_language::Language;
    use serde_json::json;

    use super::*;

    const ZH: Words = Words(Language::Zh);

    fn dossier() -> Result<Dossier, serde_json::Error> {
        let candidate = uuid::Uuid::from_u128(2);
        let liaison = uuid::Uuid::from_u128(1);
        let event = |position: i64, kind: &str, on: Option<&str>, recorded: &str, content: Value| {
            let aggregate = if kind.starts_with("Person") { "person" } else { "candidate" };
            json!({
                "event_id": uuid::Uuid::from_u128(100 + u128::from(position.unsigned_abs())),
                "position": position, "sequence": position, "event_type": kind, "role": "subject",
                "aggregate_type": aggregate, "aggregate_id": candidate, "occurred_on": on,
                "recorded_at": recorded, "origin": "live", "policy_version": "2021-09-06", "content": content,
            })
        };
        serde_json::from_value(json!({
            "person": candidate,
            "head": { "name": "阿依古丽·买买提", "staff_number": "2000231", "unit": "u", "room": "r", "title": "",
                "categories": [], "in_pool_since": "2026-03-01", "liaison": null, "last_talk_on": null,
                "talks": 1, "duties": [] },
            "gaps": [{ "from": "2026-03-01", "to": "2026-06-01", "days": 93, "open": false }],
            "names": { liaison.to_string(): "王五" },
            "events": [
                event(1, "PersonRegistered", None, "2026-02-28T16:30:00Z",
                    json!({ "record": { "title": "讲师" }, "source": "roster" })),
                event(2, "PoolEntered", Some("2026-03-01"), "2026-03-01T02:00:00Z", json!({ "on": "2026-03-01" })),
                event(3, "TalkRecorded", Some("2026-09-02"), "2026-09-05T02:00:00Z", json!({
                    "talk": 1, "talker": liaison, "held_on": "2026-09-02", "form": "single",
                    "content": { "topics": [], "gist": "谈了近况。" } })),
                event(4, "TalkCorrected", None, "2026-09-06T02:00:00Z", json!({
                    "talk": 1, "reason": "记错了日子", "correction": { "held_on": "2026-09-01" } })),
                event(5, "PersonCorrected", None, "2026-10-01T02:00:00Z",
                    json!({ "field": "title", "value": "副教授", "reason": "聘书" })),
            ],
        }))
    }

    #[test]
    fn the_story_goes_newest_first_by_month_with_corrections_in_place() -> Result<(), serde_json::Error> {
        let months = of(&dossier()?, ZH);
        let titles: Vec<&str> = months.iter().map(|month| month.title.as_str()).collect();
        assert_eq!(titles, ["2026年10月", "2026年9月", "2026年6月", "2026年3月"]);
        let talk = &months[1].entries[0];
        assert_eq!((talk.day.as_str(), talk.recorded_on.as_deref()), ("2026-09-01", Some("2026年9月5日")));
        assert_eq!(talk.corrections.len(), 1);
        assert_eq!(talk.corrections[0].reason, "记错了日子");
        assert_eq!(talk.corrections[0].changes[0].old, "2026年9月2日");
        Ok(())
    }

    #[test]
    fn a_gap_says_its_days_and_a_corrected_field_what_it_was() -> Result<(), serde_json::Error> {
        let months = of(&dossier()?, ZH);
        assert_eq!(months[2].entries[0].told, "2026年3月1日至6月1日（93天）无联系人");
        let field = &months[0].entries[0];
        let [change] = field.changes.as_slice() else { panic!("one change: {field:?}") };
        assert_eq!((change.old.as_str(), change.new.as_str()), ("讲师", "副教授"));
        assert_eq!(field.reason, "聘书");
        Ok(())
    }
}

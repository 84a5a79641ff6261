//! A dossier as `/v1/dossiers` answers it, whole: what several pages read.

use jiff::civil::Date;
use peiyu_language::story::{self, Names};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::ask::Ask;
use crate::fault::Fault;
use crate::words::Words;

/// Most answers of one dossier: more than anybody's life fills.
const MOST_ANSWERS: usize = 100;

/// Who accompanies them today.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Liaison {
    pub(crate) person: Uuid,
    organisation: Option<Uuid>,
    office: Option<String>,
    pub(crate) since: Option<Date>,
}

/// What is open about them.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Duty {
    pub(crate) kind: String,
    pub(crate) due_on: Date,
    pub(crate) state: String,
    overdue_days: Option<u64>,
    pub(crate) article: String,
}

/// Who it is.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Head {
    pub(crate) name: String,
    pub(crate) staff_number: String,
    pub(crate) unit: String,
    pub(crate) room: String,
    pub(crate) title: String,
    pub(crate) categories: Vec<String>,
    pub(crate) in_pool_since: Option<Date>,
    pub(crate) liaison: Option<Liaison>,
    pub(crate) last_talk_on: Option<Date>,
    pub(crate) talks: u32,
    pub(crate) duties: Vec<Duty>,
}

/// Days without a liaison.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Gap {
    pub(crate) from: Date,
    pub(crate) to: Date,
    pub(crate) days: u32,
    pub(crate) open: bool,
}

/// Everything about one person.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Dossier {
    pub(crate) person: Uuid,
    pub(crate) head: Head,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) names: Names,
    pub(crate) events: Vec<Value>,
    next_after: Option<i64>,
}

impl Duty {
    /// Where it stands, in words.
    pub(crate) fn standing(&self, l: Words) -> String {
        match self.overdue_days {
            Some(days) => l.count("逾期 {} 天", "{} days overdue", days),
            None => l.word("duty_state", &self.state),
        }
    }
}

impl Dossier {
    /// The whole of it, answer by answer. An event that concerns the person in two ways stands once.
    pub(crate) async fn of(ask: &Ask, person: Uuid) -> Result<Self, Fault> {
        let path = |after: i64| format!("/v1/dossiers/{person}?limit=1000&after={after}");
        let mut dossier: Self = ask.get(&path(0)).await?;
        for _ in 1..MOST_ANSWERS {
            let Some(after) = dossier.next_after else { break };
            let more: Self = ask.get(&path(after)).await?;
            dossier.names.extend(more.names);
            dossier.events.extend(more.events);
            dossier.next_after = more.next_after;
        }
        let mut seen = std::collections::HashSet::new();
        dossier.events.retain(|event| seen.insert(text(event, "/event_id").to_owned()));
        Ok(dossier)
    }

    /// A name by id; empty when it is not known.
    pub(crate) fn name(&self, id: &Uuid) -> &str {
        self.names.get(&id.to_string()).and_then(Value::as_str).unwrap_or_default()
    }

    /// The liaison's office in words.
    pub(crate) fn office(&self, liaison: &Liaison, l: Words) -> String {
        let place = liaison.organisation.map(|id| self.name(&id).to_owned()).unwrap_or_default();
        story::office(l.0, &place, liaison.office.as_deref().unwrap_or_default())
    }

    /// The version of one of the person's own streams (`person` or `candidate`) that the dossier shows.
    pub(crate) fn version(&self, aggregate: &str) -> i64 {
        self.own(aggregate).map(|event| number(event, "/sequence")).max().unwrap_or(0)
    }

    /// What happened in such a stream behind a version, as sentences with who and when.
    pub(crate) fn since(&self, aggregate: &str, version: i64, l: Words) -> Vec<String> {
        let later = self.own(aggregate).filter(|event| number(event, "/sequence") > version);
        later.map(|event| format!("{}{}{}", moment(event), l.colon(), self.told(event, l))).collect()
    }

    /// An event as a sentence.
    pub(crate) fn told(&self, event: &Value, l: Words) -> String {
        story::told(l.0, event, &self.names)
    }

    /// The events of one of the person's own streams, in order.
    pub(crate) fn own<'a>(&'a self, aggregate: &'a str) -> impl Iterator<Item = &'a Value> {
        let person = self.person.to_string();
        self.events.iter().filter(move |event| {
            text(event, "/aggregate_type") == aggregate && text(event, "/aggregate_id") == person
        })
    }
}

/// A text at a pointer; empty when there is none.
pub(crate) fn text<'a>(event: &'a Value, pointer: &str) -> &'a str {
    event.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// A number at a pointer.
pub(crate) fn number(event: &Value, pointer: &str) -> i64 {
    event.pointer(pointer).and_then(Value::as_i64).unwrap_or_default()
}

/// When it was recorded, in Shanghai.
pub(crate) fn recorded(event: &Value) -> Option<jiff::Zoned> {
    let moment: jiff::Timestamp = text(event, "/recorded_at").parse().ok()?;
    let zone = jiff::tz::TimeZone::get(peiyu_platform::clock::ZONE);
    Some(moment.to_zoned(zone.unwrap_or_else(|_| jiff::tz::TimeZone::fixed(jiff::tz::offset(8)))))
}

/// When it was recorded, to the minute: 2026-11-24 10:30.
pub(crate) fn moment(event: &Value) -> String {
    recorded(event).map(|moment| moment.strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default()
}

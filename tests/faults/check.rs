//! The checker: what clients were told against what store, feed, stream and mail server hold. Pure, so that planted
//! faults show that it finds them (`check_tests.rs`).

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;
use uuid::Uuid;

/// What a client was told about a command.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// Done, with this answer.
    Done(Value),
    /// Refused by a rule, at the first sending or after sendings that were all answered.
    Refused,
    /// Some sending was not answered, and the client stopped asking or was refused later.
    Unknown,
}

/// A command that a client sent.
#[derive(Debug, Clone)]
pub struct Sent {
    pub id: Uuid,
    pub told: Told,
}

/// An event of the store, with its place in the feed.
#[derive(Debug, Clone)]
pub struct Stored {
    pub position: Option<i64>,
    pub stream: String,
    pub sequence: i64,
    pub event_type: String,
    pub event_id: Uuid,
    pub command_id: Uuid,
    pub payload: String,
}

/// A message of the stream.
#[derive(Debug, Clone)]
pub struct Streamed {
    pub sequence: u64,
    pub id: String,
    pub payload: Vec<u8>,
}

/// Somebody who must have been told of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Due {
    pub addressee: Uuid,
    pub about: Uuid,
}

/// Everything that is there once it is quiet.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// First answers by command id, one for each row.
    pub commands: Vec<(Uuid, Value)>,
    /// In the order of the store.
    pub events: Vec<Stored>,
    /// In the order of the stream.
    pub streamed: Vec<Streamed>,
    /// Mails that arrived, by reminder.
    pub mails: BTreeMap<Uuid, usize>,
}

/// Everything that is wrong, a sentence each.
pub fn violations(sent: &[Sent], due: &[Due], evidence: &Evidence) -> Vec<String> {
    let mut wrong = Vec::new();
    commands(sent, evidence, &mut wrong);
    streams(evidence, &mut wrong);
    feed(evidence, &mut wrong);
    published(evidence, &mut wrong);
    reminders(due, evidence, &mut wrong);
    wrong
}

fn commands(sent: &[Sent], evidence: &Evidence, wrong: &mut Vec<String>) {
    let mut answers: HashMap<Uuid, Vec<&Value>> = HashMap::new();
    for (id, answer) in &evidence.commands {
        answers.entry(*id).or_default().push(answer);
    }
    let mut events: HashMap<Uuid, Vec<&Stored>> = HashMap::new();
    for event in &evidence.events {
        events.entry(event.command_id).or_default().push(event);
    }
    for Sent { id, told } in sent {
        let answers = answers.get(id).map_or(&[][..], Vec::as_slice);
        let events = events.get(id).map_or(&[][..], Vec::as_slice);
        match (told, answers) {
            (Told::Done(_), []) => wrong.push(format!("{id} was acknowledged and is not in the store")),
            (Told::Refused, []) | (Told::Unknown, []) if events.is_empty() => {}
            (Told::Refused | Told::Unknown, []) => {
                wrong.push(format!("{id} left {} events and no answer", events.len()));
            }
            (Told::Refused, _) => wrong.push(format!("{id} was refused and is in the store")),
            (Told::Done(told), [kept]) if !alike(told, kept) => {
                wrong.push(format!("{id} was answered with {told}, the store says {kept}"));
            }
            (Told::Done(_) | Told::Unknown, [kept]) => as_answered(*id, kept, events, wrong),
            (Told::Done(_) | Told::Unknown, several) => {
                wrong.push(format!("{id} is in the store {} times", several.len()));
            }
        }
    }
}

fn alike(told: &Value, kept: &Value) -> bool {
    ["id", "version", "event"].iter().all(|name| told.get(name) == kept.get(name))
}

/// The commands of the load write one event each, or none when all was so already.
fn as_answered(id: Uuid, answer: &Value, events: &[&Stored], wrong: &mut Vec<String>) {
    let Some(named) = answer.get("event").and_then(Value::as_str) else {
        if !events.is_empty() {
            wrong.push(format!("{id} was answered without an event and left {}", events.len()));
        }
        return;
    };
    match events {
        [one] if one.event_id.to_string() != named => {
            wrong.push(format!("{id} was answered with event {named}, the store has {}", one.event_id));
        }
        [one] if answer.get("version").and_then(Value::as_i64) != Some(one.sequence) => {
            wrong.push(format!("{id} was answered with {answer}, its event is number {}", one.sequence));
        }
        [_] => {}
        several => wrong.push(format!("{id} left {} events instead of one", several.len())),
    }
}

fn streams(evidence: &Evidence, wrong: &mut Vec<String>) {
    let mut sequences: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    let mut ids = HashSet::new();
    for event in &evidence.events {
        sequences.entry(&event.stream).or_default().push(event.sequence);
        if !ids.insert(event.event_id) {
            wrong.push(format!("event {} is in the store twice", event.event_id));
        }
    }
    for (stream, mut found) in sequences {
        found.sort_unstable();
        if found.iter().zip(1..).any(|(found, expected)| *found != expected) {
            wrong.push(format!("{stream} has a gap or a double: {found:?}"));
        }
    }
}

fn feed(evidence: &Evidence, wrong: &mut Vec<String>) {
    let mut positions: Vec<i64> = evidence.events.iter().filter_map(|event| event.position).collect();
    if positions.len() != evidence.events.len() {
        wrong.push(format!("{} events have no position", evidence.events.len() - positions.len()));
    }
    positions.sort_unstable();
    if let Some((found, expected)) = positions.iter().zip(1..).find(|(found, expected)| **found != *expected)
    {
        wrong.push(format!("the feed has {found} where {expected} is expected"));
    }
}

fn published(evidence: &Evidence, wrong: &mut Vec<String>) {
    let mut feed: Vec<&Stored> = evidence.events.iter().filter(|event| event.position.is_some()).collect();
    feed.sort_unstable_by_key(|event| event.position);
    if feed.len() != evidence.streamed.len() {
        wrong.push(format!("the stream has {} messages, the feed {}", evidence.streamed.len(), feed.len()));
    }
    for (event, message) in feed.iter().zip(&evidence.streamed) {
        let position = event.position.unwrap_or(0);
        let same = i64::try_from(message.sequence) == Ok(position)
            && message.id == event.event_id.to_string()
            && message.payload == event.payload.as_bytes();
        if !same {
            wrong.push(format!("position {position} of the stream is not the feed's event"));
            return;
        }
    }
}

/// One reminder's life.
#[derive(Debug, Default)]
struct Life {
    addressee: Option<Uuid>,
    about: Vec<Uuid>,
    claims: usize,
    sent: usize,
    failed: usize,
    doubt_noted: bool,
}

fn reminders(due: &[Due], evidence: &Evidence, wrong: &mut Vec<String>) {
    let lives = lives(&evidence.events);
    for (id, life) in &lives {
        let arrived = evidence.mails.get(id).copied().unwrap_or(0);
        let Life { claims, sent, failed, doubt_noted, .. } = life;
        let told = format!(
            "reminder {id} arrived {arrived} times ({claims} claims, {sent} sent, {failed} failed, doubt noted: {doubt_noted})"
        );
        // A claim that never ended is ended by its age: sent again and noted, or given up as failed.
        let is_documented = *doubt_noted || (*sent == 0 && *failed > 0);
        let lost = *sent > 0 && arrived == 0;
        let doubled = arrived > 1 && !is_documented;
        let unnoted = arrived > 0 && *sent == 0 && *failed == 0;
        if lost || doubled || unnoted || *sent > 1 || arrived > *claims {
            wrong.push(told);
        }
    }
    for id in evidence.mails.keys().filter(|id| !lives.contains_key(id)) {
        wrong.push(format!("a mail arrived for {id}, which nobody claimed"));
    }
    for missing in untold(due, &lives) {
        wrong.push(format!("{} was never told of {}", missing.addressee, missing.about));
    }
}

/// Who was not told yet, by the reminders among these events.
pub fn untold_by(due: &[Due], events: &[Stored]) -> Vec<Due> {
    untold(due, &lives(events))
}

fn untold(due: &[Due], lives: &BTreeMap<Uuid, Life>) -> Vec<Due> {
    let told: HashSet<Due> = lives
        .values()
        .filter(|life| life.sent > 0)
        .flat_map(|life| {
            life.about.iter().filter_map(|about| Some(Due { addressee: life.addressee?, about: *about }))
        })
        .collect();
    due.iter().filter(|due| !told.contains(due)).copied().collect()
}

fn lives(events: &[Stored]) -> BTreeMap<Uuid, Life> {
    let mut lives: BTreeMap<Uuid, Life> = BTreeMap::new();
    for event in events {
        let Some(id) = event.stream.strip_prefix("reminder/").and_then(|id| id.parse().ok()) else {
            continue;
        };
        let life = lives.entry(id).or_default();
        let payload: Value = serde_json::from_str(&event.payload).unwrap_or_default();
        let uuid = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
        match event.event_type.as_str() {
            "ReminderClaimed" => {
                life.claims += 1;
                life.addressee = uuid(&payload["addressee"]);
                let names = payload["names"].as_array().map_or(&[][..], Vec::as_slice);
                life.about = names.iter().filter_map(|name| uuid(&name["about"])).collect();
            }
            "ReminderSent" => {
                life.sent += 1;
                life.doubt_noted |= payload["possible_double"] == true;
            }
            "ReminderFailed" => life.failed += 1,
            _other => {}
        }
    }
    lives
}

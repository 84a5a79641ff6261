//! A check that cannot fail is none: what is planted here is found.

use serde_json::json;
use uuid::Uuid;

use super::check::{Due, Evidence, Sent, Stored, Streamed, Told, violations};

fn event(number: u128, stream: &str, sequence: i64, event_type: &str, payload: serde_json::Value) -> Stored {
    Stored {
        position: i64::try_from(number).ok(),
        stream: stream.to_owned(),
        sequence,
        event_type: event_type.to_owned(),
        event_id: Uuid::from_u128(100 + number),
        command_id: Uuid::from_u128(number),
        payload: payload.to_string(),
    }
}

fn reminder(number: u128) -> String {
    format!("reminder/{}", Uuid::from_u128(number))
}

/// Two commands that were done, one that was refused, one of which nobody knows; a reminder that went out.
fn sound() -> (Vec<Sent>, Vec<Due>, Evidence) {
    let about = Uuid::from_u128(7);
    let names = json!({ "addressee": Uuid::from_u128(8), "names": [{ "about": about }], "attempt": 1 });
    let events = vec![
        event(1, "training_class/a", 1, "TrainingPlanned", json!({})),
        event(2, "training_class/a", 2, "ParticipantEnrolled", json!({})),
        event(3, &reminder(50), 1, "ReminderClaimed", names),
        event(4, &reminder(50), 2, "ReminderSent", json!({ "receipt": "250", "possible_double": false })),
    ];
    let answer = |number: u128, version: i64| json!({ "id": Uuid::nil(), "version": version, "event": Uuid::from_u128(100 + number) });
    let sent = [
        (1, Told::Done(answer(1, 1))),
        (2, Told::Done(answer(2, 2))),
        (10, Told::Refused),
        (11, Told::Unknown),
    ];
    let evidence = Evidence {
        commands: vec![(Uuid::from_u128(1), answer(1, 1)), (Uuid::from_u128(2), answer(2, 2))],
        streamed: events.iter().map(message).collect(),
        events,
        mails: [(Uuid::from_u128(50), 1)].into(),
    };
    let sent = sent.into_iter().map(|(id, told)| Sent { id: Uuid::from_u128(id), told }).collect();
    (sent, vec![Due { addressee: Uuid::from_u128(8), about }], evidence)
}

fn message(event: &Stored) -> Streamed {
    Streamed {
        sequence: event.position.and_then(|position| u64::try_from(position).ok()).unwrap_or(0),
        id: event.event_id.to_string(),
        payload: event.payload.clone().into_bytes(),
    }
}

/// What is found after something was planted.
fn found(plant: impl FnOnce(&mut Vec<Sent>, &mut Evidence)) -> String {
    let (mut sent, due, mut evidence) = sound();
    plant(&mut sent, &mut evidence);
    violations(&sent, &due, &evidence).join("; ")
}

#[track_caller]
fn finds(what: &str, plant: impl FnOnce(&mut Vec<Sent>, &mut Evidence)) {
    let found = found(plant);
    assert!(found.contains(what), "{what:?} in {found:?}");
}

#[test]
fn a_sound_run_passes() {
    assert_eq!(found(|_, _| {}), "");
}

#[test]
fn a_lost_command_is_found() {
    finds("acknowledged and is not in the store", |_, evidence| {
        evidence.commands.remove(1);
    });
    finds("left 0 events instead of one", |_, evidence| evidence.events[1].command_id = Uuid::nil());
}

#[test]
fn a_doubled_command_is_found() {
    finds("is in the store 2 times", |_, evidence| {
        let first = evidence.commands[0].clone();
        evidence.commands.push(first);
    });
    finds("left 2 events instead of one", |_, evidence| evidence.events[1].command_id = Uuid::from_u128(1));
}

#[test]
fn an_answer_that_the_store_does_not_bear_out_is_found() {
    finds("was answered with", |sent, _| sent[0].told = Told::Done(json!({ "version": 9 })));
    finds("its event is number 2", |_, evidence| evidence.events[0].sequence = 2);
}

#[test]
fn what_a_refused_command_left_is_found() {
    finds("was refused and is in the store", |_, evidence| {
        evidence.commands.push((Uuid::from_u128(10), json!({})));
    });
    finds("left 1 events and no answer", |_, evidence| {
        evidence.events[1].command_id = Uuid::from_u128(10);
    });
    finds("left 1 events and no answer", |_, evidence| {
        evidence.events[1].command_id = Uuid::from_u128(11);
    });
}

#[test]
fn a_gap_or_a_double_in_an_aggregate_is_found() {
    finds("has a gap or a double", |_, evidence| evidence.events[1].sequence = 3);
    finds("has a gap or a double", |_, evidence| evidence.events[1].sequence = 1);
    finds("is in the store twice", |_, evidence| evidence.events[1].event_id = evidence.events[0].event_id);
}

#[test]
fn a_feed_that_is_not_dense_is_found() {
    finds("the feed has 9 where 4 is expected", |_, evidence| evidence.events[3].position = Some(9));
    finds("1 events have no position", |_, evidence| evidence.events[3].position = None);
}

#[test]
fn a_stream_that_is_not_the_feed_is_found() {
    finds("position 1 of the stream", |_, evidence| evidence.streamed.swap(0, 1));
    finds("position 2 of the stream", |_, evidence| evidence.streamed[1].payload.push(b' '));
    finds("the stream has 3 messages, the feed 4", |_, evidence| {
        evidence.streamed.pop();
    });
}

#[test]
fn a_mail_that_was_lost_doubled_or_never_noted_is_found() {
    let id = Uuid::from_u128(50);
    finds("arrived 0 times", |_, evidence| evidence.mails.clear());
    finds("arrived 2 times", |_, evidence| {
        evidence.mails.insert(id, 2);
    });
    finds("arrived 1 times", |_, evidence| {
        evidence.events.pop();
        evidence.streamed.pop();
    });
    finds("which nobody claimed", |_, evidence| {
        evidence.mails.insert(Uuid::from_u128(51), 1);
    });
    finds("was never told of", |_, evidence| evidence.events[3].event_type = "ReminderFailed".to_owned());
}

#[test]
fn a_double_that_was_noted_as_possible_passes() {
    let found = found(|_, evidence| {
        let again = event(5, &reminder(50), 3, "ReminderSent", json!({ "possible_double": true }));
        evidence.events[3] = Stored {
            event_type: "ReminderClaimed".to_owned(),
            payload: evidence.events[2].payload.clone(),
            ..evidence.events[3].clone()
        };
        evidence.events.push(again);
        evidence.streamed = evidence.events.iter().map(message).collect();
        evidence.mails.insert(Uuid::from_u128(50), 2);
    });
    assert_eq!(found, "");
}

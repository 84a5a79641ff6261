//! Appending: versions, facts, claims and command ids, alone and in batches.

use peiyu_store::{Outcome, Store, StoreError};
use uuid::Uuid;

use crate::support::{Says, claim, command, count, empty_store, event, repeated, stale, stream, taken};

#[tokio::test]
async fn what_was_appended_is_loaded_byte_for_byte() {
    let store = empty_store().await;
    let person = stream("person");
    store.done(command().writing(&person, 0, 2)).await;

    let events = store.load_one(&person).await.unwrap();
    assert_eq!(events.iter().map(|event| event.sequence).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(events[1].payload.get(), r#"{ "n":2,  "gist":{"$sealed":"AQ=="} }"#);
    assert_eq!(events[0].aggregate_id, person.id);
    assert_eq!(events[0].metadata.recorded_at.to_string(), "2026-05-12T01:02:03.000004Z");
    assert_eq!(events[0].metadata.subject, person.id);
}

#[tokio::test]
async fn several_streams_are_loaded_in_the_order_asked_unknown_ones_empty() {
    let store = empty_store().await;
    let (one, two, unknown) = (stream("person"), stream("candidate"), stream("person"));
    store.done(command().writing(&one, 0, 1).writing(&two, 0, 3)).await;

    let loaded = store.load(&[two.clone(), unknown.clone(), one.clone()]).await.unwrap();
    assert_eq!(loaded.iter().map(Vec::len).collect::<Vec<_>>(), [3, 0, 1]);
    assert_eq!(store.versions(&[two, unknown, one.clone()]).await.unwrap(), [3, 0, 1]);
    assert_eq!(store.streams_of_type("person", None, 10).await.unwrap(), [one.id]);
    assert!(store.streams_of_type("person", Some(one.id), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_write_at_another_version_is_stale_and_writes_nothing() {
    let store = empty_store().await;
    let person = stream("person");
    store.done(command().writing(&person, 0, 2)).await;

    assert_eq!(store.outcome(command().writing(&person, 1, 1)).await, stale(&person, 1, 2));
    assert_eq!(store.outcome(command().writing(&person, 0, 1)).await, stale(&person, 0, 2));
    assert_eq!(store.outcome(command().writing(&person, 3, 1)).await, stale(&person, 3, 2));
    assert_eq!(store.version(&person).await, 2);
    assert_eq!(count(store.pool(), "commands").await, 1);
}

#[tokio::test]
async fn liaison_loses_office_while_assigned() {
    let store = empty_store().await;
    let (candidate, organisation) = (stream("candidate"), stream("organisation"));
    store.done(command().writing(&organisation, 0, 1)).await;
    // The assignment was decided on version 1, in which the liaison holds office.
    let assign = command().writing(&candidate, 0, 1).resting_on(&organisation, 1);
    // Meanwhile the office ends.
    store.done(command().writing(&organisation, 1, 1)).await;

    assert_eq!(store.outcome(assign).await, stale(&organisation, 1, 2));
    assert!(store.load_one(&candidate).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_fact_that_must_not_exist_is_checked_too() {
    let store = empty_store().await;
    let (one, two) = (stream("candidate"), stream("member"));
    store.done(command().writing(&one, 0, 1).resting_on(&two, 0)).await;
    store.done(command().writing(&two, 0, 1)).await;
    assert_eq!(store.outcome(command().writing(&one, 1, 1).resting_on(&two, 0)).await, stale(&two, 0, 1));
}

#[tokio::test]
async fn the_same_command_again_gets_its_first_answer() {
    let store = empty_store().await;
    let person = stream("person");
    let first = command().writing(&person, 0, 1);
    store.done(first.clone()).await;

    assert_eq!(store.outcome(first.clone()).await, repeated());
    // Even when it was decided anew on the stream as it is now.
    let mut anew = command().under(first.command_id).writing(&person, 1, 1);
    anew.answer = r#"{"id":"y"}"#.into();
    assert_eq!(store.outcome(anew).await, repeated());
    assert_eq!(store.version(&person).await, 1);
    let known = store.find_command(first.principal, first.command_id).await.unwrap().unwrap();
    assert_eq!((known.digest, known.answer.as_str()), (first.digest, r#"{"id":"x"}"#));
    assert_eq!(store.find_command(Uuid::from_u128(2), first.command_id).await.unwrap(), None);
}

#[tokio::test]
async fn the_same_key_with_another_body_is_refused() {
    let store = empty_store().await;
    let person = stream("person");
    let first = command().writing(&person, 0, 1);
    store.done(first.clone()).await;
    let mut other = command().under(first.command_id).writing(&person, 1, 1);
    other.digest = [8; 32];
    assert_eq!(store.outcome(other).await, Outcome::KeyReused);
}

#[tokio::test]
async fn same_key_other_user() {
    let store = empty_store().await;
    let (one, two) = (stream("person"), stream("person"));
    let first = command().by(1).writing(&one, 0, 1);
    let second = command().by(2).under(first.command_id).writing(&two, 0, 1);
    let outcomes = store.append(&[first, second]).await.unwrap();
    assert_eq!(outcomes, [Outcome::Done, Outcome::Done]);
}

#[tokio::test]
async fn a_command_without_events_is_remembered() {
    let store = empty_store().await;
    let nothing = command();
    store.done(nothing.clone()).await;
    assert_eq!(store.outcome(nothing).await, repeated());
}

#[tokio::test]
async fn a_refused_command_is_not_remembered_and_judged_anew() {
    let store = empty_store().await;
    let person = stream("person");
    let early = command().writing(&person, 1, 1);
    assert_eq!(store.outcome(early.clone()).await, stale(&person, 1, 0));
    store.done(command().writing(&person, 0, 1)).await;
    store.done(early).await;
}

#[tokio::test]
async fn a_claim_belongs_to_one_stream_until_it_gives_it_back() {
    let store = empty_store().await;
    let (one, two) = (stream("person"), stream("person"));
    store.done(command().writing(&one, 0, 1).claiming(1, &one)).await;
    assert_eq!(store.outcome(command().writing(&two, 0, 1).claiming(1, &two)).await, taken(&one));
    assert_eq!(store.version(&two).await, 0);

    // Claiming again what one holds changes nothing; giving back what another holds neither.
    store.done(command().writing(&one, 1, 1).claiming(1, &one)).await;
    store.done(command().writing(&two, 0, 1).releasing(1, &two)).await;
    assert_eq!(store.holder_of("staff_number", &[1; 32]).await.unwrap(), Some(one.clone()));

    // A corrected number: the old one is free, the new one taken.
    store.done(command().writing(&one, 2, 1).releasing(1, &one).claiming(2, &one)).await;
    store.done(command().writing(&two, 1, 1).claiming(1, &two)).await;
    let holders = store.holders_of("staff_number", &[[1; 32], [3; 32], [2; 32]]).await.unwrap();
    assert_eq!(holders, [Some(two), None, Some(one)]);
    assert_eq!(store.holder_of("form_number", &[1; 32]).await.unwrap(), None);
}

#[tokio::test]
async fn a_batch_answers_each_command_and_later_ones_see_earlier_ones() {
    let store = empty_store().await;
    let (one, two, three) = (stream("person"), stream("person"), stream("candidate"));
    let first = command().writing(&one, 0, 2).claiming(1, &one);
    let mut reused = first.clone();
    reused.digest = [9; 32];
    let refused = command().writing(&two, 0, 1).claiming(1, &two);
    let batch = [
        first.clone(),
        command().writing(&one, 0, 1),                       // lost to the first
        command().writing(&one, 2, 1),                       // follows the first
        first,                                               // the same again
        reused,                                              // the same id, another body
        refused.clone(),                                     // the claim is the first one's
        command().writing(&three, 0, 1).resting_on(&one, 2), // the fact has moved to 3
        command().writing(&three, 0, 1).resting_on(&one, 3), // rests on what follows the first
        command().writing(&one, 3, 1).releasing(1, &one),    // gives the claim back
        refused,                                             // judged anew, and now right
        command().resting_on(&three, 1),                     // no events
    ];
    let outcomes = store.append(&batch).await.unwrap();
    let done = Outcome::Done;
    let expected = [
        done.clone(),
        stale(&one, 0, 2),
        done.clone(),
        repeated(),
        Outcome::KeyReused,
        taken(&one),
        stale(&one, 2, 3),
        done.clone(),
        done.clone(),
        done.clone(),
        done,
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(store.versions(&[one.clone(), two.clone(), three.clone()]).await.unwrap(), [4, 1, 1]);
    assert_eq!(store.holder_of("staff_number", &[1; 32]).await.unwrap(), Some(two.clone()));
    let feed = store.whole_feed().await;
    let order = [(one.id, 1), (one.id, 2), (one.id, 3), (three.id, 1), (one.id, 4), (two.id, 1)];
    assert_eq!(feed, order);
}

#[tokio::test]
async fn a_stream_may_be_written_and_rested_upon_at_one_version() {
    let store = empty_store().await;
    let person = stream("person");
    let both = command().writing(&person, 0, 1).resting_on(&person, 0);
    let outcomes = store.append(&[both, command().writing(&person, 1, 1)]).await.unwrap();
    assert_eq!(outcomes, [Outcome::Done, Outcome::Done]);
}

#[tokio::test]
async fn a_whole_chunk_of_an_import_is_one_command() {
    let store = empty_store().await;
    let people: Vec<_> = (0..200).map(|_| stream("person")).collect();
    let mut chunk = people.iter().fold(command(), |chunk, person| chunk.writing(person, 0, 5));
    for (person, number) in people.iter().zip(0_u8..) {
        chunk.claims.push(claim(number, person));
    }
    store.done(chunk.clone()).await;
    assert_eq!(count(store.pool(), "events").await, 1000);
    assert_eq!(count(store.pool(), "claims").await, 200);
    assert_eq!(store.outcome(chunk).await, repeated());
}

#[tokio::test]
async fn a_used_event_id_is_told_apart() {
    let store = empty_store().await;
    let (one, two) = (stream("person"), stream("person"));
    let first = command().writing(&one, 0, 1);
    let mut second = command().writing(&two, 0, 1);
    second.events[0].metadata.event_id = first.events[0].metadata.event_id;
    store.done(first).await;
    assert!(matches!(store.append(&[second]).await, Err(StoreError::EventIdUsed)));
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_sent() {
    let nowhere = Store::new(sqlx::PgPool::connect_lazy("postgres://nobody@localhost:1/none").unwrap());
    let person = stream("person");
    let mut large = command().writing(&person, 0, 1);
    let text = format!(r#"{{"gist":{{"$sealed":"{}"}}}}"#, "A".repeat(64 * 1024));
    large.events[0].payload = peiyu_store::Sealed::from_vault(text).unwrap();
    assert!(matches!(nowhere.append(&[large]).await, Err(StoreError::TooLarge { .. })));
    let many = vec![command(); 65];
    assert!(matches!(nowhere.append(&many).await, Err(StoreError::TooLarge { .. })));
}

#[tokio::test]
async fn parts_that_do_not_agree_are_refused_before_they_are_sent() {
    let nowhere = Store::new(sqlx::PgPool::connect_lazy("postgres://nobody@localhost:1/none").unwrap());
    let (one, two) = (stream("person"), stream("person"));
    let mut unwritten = command().writing(&one, 0, 1);
    unwritten.events.push(event(&two, 1, unwritten.command_id));
    let mut gap = command().writing(&one, 0, 1);
    gap.events[0].sequence = 2;
    let twice = command().writing(&one, 0, 1).writing(&one, 1, 1);
    let two_versions = command().writing(&one, 0, 1).resting_on(&one, 1);
    let mut no_json = command();
    no_json.answer = "{".into();
    for malformed in [unwritten, gap, twice, two_versions, no_json] {
        assert!(matches!(nowhere.append(&[malformed]).await, Err(StoreError::Malformed(_))));
    }
}

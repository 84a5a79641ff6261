//! Which duty follows from which events.

use super::*;

fn in_pool() -> Story {
    Story::default().then("2026-03-02", &entered(day("2026-03-01")))
}

fn accompanied() -> Story {
    in_pool().then("2026-03-11", &assigned(1, day("2026-03-10")))
}

#[test]
fn outside_the_pool_nothing_is_due() {
    assert_eq!(Story::default().summary(), None);
    let story = accompanied()
        .then("2026-05-01", &ended(1, day("2026-05-01"), LiaisonEnd::LeftPool))
        .then("2026-05-01", &left(day("2026-05-01")));
    assert_eq!(story.summary(), None);
    assert_eq!(
        story.timeline.gaps(day("2026-12-31")),
        [Gap { from: day("2026-03-01"), to: day("2026-03-09") }]
    );
}

#[test]
fn new_in_the_pool_is_a_gap_from_the_day_of_entry() {
    assert_eq!(in_pool().summary(), Some((DutyKind::LiaisonGap, day("2026-03-01"), 1, day("2026-03-02"))));
}

#[test]
fn an_assignment_opens_the_first_talk() {
    let story = accompanied();
    assert_eq!(story.summary(), Some((DutyKind::FirstTalk, day("2026-03-10"), 2, day("2026-03-11"))));
    assert_eq!(story.open().and_then(|duty| duty.liaison), Some(person(1)));
}

#[test]
fn a_talk_opens_the_next_one() {
    let story = accompanied().then("2026-03-21", &talked(1, day("2026-03-20")));
    assert_eq!(story.summary(), Some((DutyKind::NextTalk, day("2026-03-20"), 3, day("2026-03-21"))));
    assert_eq!(story.timeline.last_talk(), Some(day("2026-03-20")));
}

#[test]
fn a_talk_from_before_the_assignment_does_not_count() {
    let story = accompanied().then("2026-03-21", &talked(1, day("2026-03-09")));
    assert_eq!(story.summary(), Some((DutyKind::FirstTalk, day("2026-03-10"), 2, day("2026-03-11"))));
    assert_eq!(story.timeline.last_talk(), Some(day("2026-03-09")));
}

#[test]
fn an_older_talk_entered_later_changes_nothing() {
    let before = accompanied().then("2026-06-01", &talked(1, day("2026-06-01")));
    let expected = before.summary();
    assert_eq!(before.then("2026-06-02", &talked(2, day("2026-04-01"))).summary(), expected);
}

#[test]
fn a_hand_over_restarts_neither_the_term_nor_the_ladder() {
    let story = accompanied()
        .then("2026-04-20", &ended(1, day("2026-04-20"), LiaisonEnd::HandOver))
        .then("2026-04-20", &assigned(2, day("2026-04-20")));
    assert_eq!(story.summary(), Some((DutyKind::FirstTalk, day("2026-03-10"), 2, day("2026-03-11"))));
    assert_eq!(story.open().and_then(|duty| duty.liaison), Some(person(2)));
    assert_eq!(story.timeline.gaps(day("2026-12-31")).len(), 1, "no gap but the one before the first");
}

#[test]
fn a_talk_with_the_former_liaison_of_a_hand_over_counts() {
    let story = accompanied()
        .then("2026-03-20", &talked(1, day("2026-03-20")))
        .then("2026-04-20", &ended(1, day("2026-04-20"), LiaisonEnd::HandOver))
        .then("2026-04-20", &assigned(2, day("2026-04-20")));
    assert_eq!(story.summary(), Some((DutyKind::NextTalk, day("2026-03-20"), 3, day("2026-03-20"))));
}

#[test]
fn a_hand_over_that_nobody_takes_is_a_gap_and_a_later_liaison_begins_anew() {
    let handed = accompanied()
        .then("2026-03-20", &talked(1, day("2026-03-20")))
        .then("2026-04-20", &ended(1, day("2026-04-20"), LiaisonEnd::HandOver));
    assert_eq!(handed.summary(), Some((DutyKind::LiaisonGap, day("2026-04-20"), 4, day("2026-04-20"))));
    let taken = handed.then("2026-04-23", &assigned(2, day("2026-04-23")));
    assert_eq!(taken.summary(), Some((DutyKind::FirstTalk, day("2026-04-23"), 5, day("2026-04-23"))));
    let gap = Gap { from: day("2026-04-21"), to: day("2026-04-22") };
    assert_eq!((taken.timeline.gaps(day("2026-12-31")).last(), gap.days()), (Some(&gap), 2));
}

#[test]
fn a_liaison_whose_office_ended_is_replaced_with_a_new_first_talk() {
    let story = accompanied()
        .then("2026-03-20", &talked(1, day("2026-03-20")))
        .then("2026-04-20", &ended(1, day("2026-04-20"), LiaisonEnd::OfficeEnded))
        .then("2026-04-20", &assigned(2, day("2026-04-20")));
    assert_eq!(story.summary(), Some((DutyKind::FirstTalk, day("2026-04-20"), 5, day("2026-04-20"))));
    assert_eq!(story.timeline.gaps(day("2026-12-31")).len(), 1, "covered on every day since March");
}

#[test]
fn a_corrected_day_moves_the_anchor_and_keeps_the_id() {
    let before = accompanied().then("2026-03-21", &talked(1, day("2026-03-20")));
    let id = before.open().map(|duty| duty.id);
    let after = before.then("2026-06-30", &corrected(1, day("2026-03-12")));
    // Known as it is since the correction: a term moved into the past does not climb the ladder at once.
    assert_eq!(after.summary(), Some((DutyKind::NextTalk, day("2026-03-12"), 3, day("2026-06-30"))));
    assert_eq!(after.open().map(|duty| duty.id), id);
}

#[test]
fn a_talk_corrected_to_before_the_assignment_leaves_the_first_talk_open() {
    let story = accompanied()
        .then("2026-03-21", &talked(1, day("2026-03-20")))
        .then("2026-06-30", &corrected(1, day("2026-03-02")));
    assert_eq!(story.summary(), Some((DutyKind::FirstTalk, day("2026-03-10"), 2, day("2026-06-30"))));
}

#[test]
fn gaps_are_told_up_to_the_day_asked_for() {
    let timeline = in_pool().timeline;
    assert_eq!(timeline.gaps(day("2026-02-28")), []);
    assert_eq!(timeline.gaps(day("2026-03-01")), [Gap { from: day("2026-03-01"), to: day("2026-03-01") }]);
    let closed = accompanied().timeline;
    assert_eq!(closed.gaps(day("2026-03-05")), [Gap { from: day("2026-03-01"), to: day("2026-03-05") }]);
}

#[test]
fn who_comes_back_needs_a_liaison_again() {
    let story = accompanied()
        .then("2026-05-01", &left(day("2026-05-01")))
        .then("2026-09-01", &entered(day("2026-09-01")));
    assert_eq!(story.summary(), Some((DutyKind::LiaisonGap, day("2026-09-01"), 4, day("2026-09-01"))));
    assert_eq!(story.open().and_then(|duty| duty.liaison), None);
}

#[test]
fn a_timeline_survives_its_own_json() -> Result<(), serde_json::Error> {
    let timeline = accompanied().then("2026-03-21", &talked(1, day("2026-03-20"))).timeline;
    let text = serde_json::to_string(&timeline)?;
    assert_eq!(serde_json::from_str::<Timeline>(&text)?, timeline);
    Ok(())
}

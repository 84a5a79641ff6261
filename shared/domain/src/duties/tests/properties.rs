//! What holds for every story.

use proptest::prelude::*;

use super::*;
use crate::calendar::{Calendar, days_after, days_before};
use crate::policy::Policy;

fn any_day() -> impl Strategy<Value = Date> {
    (0_u32..2200).prop_map(|offset| days_after(jiff::civil::date(2021, 1, 1), offset))
}

fn any_kind() -> impl Strategy<Value = DutyKind> {
    prop::sample::select(DutyKind::ALL.to_vec())
}

fn any_reason() -> impl Strategy<Value = LiaisonEnd> {
    prop::sample::select(vec![LiaisonEnd::HandOver, LiaisonEnd::OfficeEnded, LiaisonEnd::Unavailable])
}

/// Any events at all, in any order: also such as no decision would let pass.
fn any_event() -> impl Strategy<Value = CandidateEvent> {
    prop_oneof![
        2 => any_day().prop_map(entered),
        1 => any_day().prop_map(left),
        4 => (1_u128..4, any_day()).prop_map(|(liaison, since)| assigned(liaison, since)),
        3 => (any_day(), any_reason()).prop_map(|(on, reason)| ended(1, on, reason)),
        4 => (1_u32..6, any_day()).prop_map(|(talk, held_on)| talked(talk, held_on)),
        2 => (1_u32..6, any_day()).prop_map(|(talk, held_on)| corrected(talk, held_on)),
    ]
}

fn any_story() -> impl Strategy<Value = Vec<(CandidateEvent, Happened)>> {
    prop::collection::vec((any_event(), any_day()), 0..25).prop_map(|events| {
        let number = |(index, (event, recorded_on))| {
            (event, Happened { event_id: Uuid::from_u128(index as u128 + 1), recorded_on })
        };
        events.into_iter().enumerate().map(number).collect()
    })
}

/// The duty by its definition, from the whole story at once; slower and written otherwise than the fold.
fn by_definition(story: &[(CandidateEvent, Happened)]) -> Option<(DutyKind, Date, Uuid)> {
    let mut in_pool = None;
    let mut liaison: Option<(Date, Uuid)> = None;
    let mut last_end: Option<(Date, Uuid, bool, (Date, Uuid))> = None;
    for (event, at) in story {
        match event {
            CandidateEvent::PoolEntered { on } if in_pool.is_none() => in_pool = Some((*on, at.event_id)),
            CandidateEvent::PoolLeft { .. } => (in_pool, liaison, last_end) = (None, None, None),
            CandidateEvent::LiaisonAssigned { since, .. } if in_pool.is_some() => {
                let goes_on =
                    last_end.filter(|(on, _, hand_over, _)| *hand_over && on == since && liaison.is_none());
                liaison = Some(goes_on.map_or((*since, at.event_id), |(_, _, _, chain)| chain));
                last_end = None;
            }
            CandidateEvent::LiaisonEnded { on, reason, .. } => {
                if let Some(chain) = liaison.take() {
                    last_end = Some((*on, at.event_id, *reason == LiaisonEnd::HandOver, chain));
                }
            }
            _ => {}
        }
    }
    let entered = in_pool?;
    let Some((since, opened_by)) = liaison else {
        let (anchor, event) = last_end.map_or(entered, |(on, event, ..)| (on, event));
        return Some((DutyKind::LiaisonGap, anchor, event));
    };
    let talks = talks_as_corrected(story);
    let counting = talks.iter().filter(|(held_on, ..)| *held_on >= since);
    let latest = counting.max_by_key(|(held_on, number, _)| (*held_on, std::cmp::Reverse(*number)));
    Some(latest.map_or((DutyKind::FirstTalk, since, opened_by), |(held_on, _, event)| {
        (DutyKind::NextTalk, *held_on, *event)
    }))
}

fn talks_as_corrected(story: &[(CandidateEvent, Happened)]) -> Vec<(Date, u32, Uuid)> {
    let mut talks: Vec<(Date, u32, Uuid)> = Vec::new();
    for (event, at) in story {
        match event {
            CandidateEvent::TalkRecorded { talk, held_on, .. } => {
                talks.retain(|(_, number, _)| number != talk);
                talks.push((*held_on, *talk, at.event_id));
            }
            CandidateEvent::TalkCorrected { talk, correction, .. } => {
                for entry in talks.iter_mut().filter(|(_, number, _)| number == talk) {
                    entry.0 = correction.held_on.unwrap_or(entry.0);
                }
            }
            _ => {}
        }
    }
    talks
}

proptest! {
    #[test]
    fn the_fold_agrees_with_the_definition_after_every_event(story in any_story()) {
        let mut timeline = Timeline::default();
        for (index, (event, at)) in story.iter().enumerate() {
            timeline.apply(event, at);
            let open = timeline.open_duties(person(99));
            prop_assert!(open.len() <= 1);
            let folded = open.first().map(|duty| (duty.kind, duty.anchor, duty.opened_by));
            prop_assert_eq!(folded, by_definition(&story[..=index]));
        }
    }

    #[test]
    fn going_on_from_a_stored_timeline_is_recomputing_from_scratch(story in any_story(), cut in 0_usize..25) {
        let mut at_once = Timeline::default();
        for (event, at) in &story {
            at_once.apply(event, at);
        }
        let cut = cut.min(story.len());
        let mut stored = Timeline::default();
        for (event, at) in &story[..cut] {
            stored.apply(event, at);
        }
        let text = serde_json::to_string(&stored).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let mut resumed: Timeline =
            serde_json::from_str(&text).map_err(|error| TestCaseError::fail(error.to_string()))?;
        for (event, at) in &story[cut..] {
            resumed.apply(event, at);
        }
        prop_assert_eq!(resumed, at_once);
    }

    #[test]
    fn a_duty_is_known_on_a_day_on_which_something_was_recorded(story in any_story()) {
        let mut timeline = Timeline::default();
        for (event, at) in &story {
            timeline.apply(event, at);
        }
        for duty in timeline.open_duties(person(99)) {
            prop_assert!(story.iter().any(|(_, at)| at.recorded_on == duty.known_on));
            prop_assert!(story.iter().any(|(_, at)| at.event_id == duty.opened_by));
        }
    }

    #[test]
    fn rungs_climb_and_none_lies_in_the_past(kind in any_kind(), anchor in any_day(), known_on in any_day()) {
        let (policy, calendar) = (Policy::shipped(), Calendar::shipped());
        let due = due_on(kind, anchor, policy);
        let ladder = rungs(kind, anchor, known_on, policy, calendar);
        for (rung, on) in &ladder {
            prop_assert!(*on >= known_on, "{rung:?} on {on}, known on {known_on}");
            match rung {
                Rung::Lead => prop_assert!(*on < due),
                Rung::Due => prop_assert!(*on >= due && (*on == due || calendar.is_working_day(*on))),
                Rung::BranchSecretary | Rung::GeneralBranchSecretary | Rung::OrganisationDepartment => {
                    prop_assert!(calendar.is_working_day(*on) && *on > due);
                }
            }
        }
        prop_assert!(ladder.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1));
    }

    #[test]
    fn a_later_anchor_is_never_due_earlier(kind in any_kind(), anchor in any_day(), days in 0_u32..100) {
        let policy = Policy::shipped();
        prop_assert!(due_on(kind, anchor, policy) <= due_on(kind, days_after(anchor, days), policy));
    }

    #[test]
    fn the_latest_anchor_is_due_in_time_and_the_next_one_is_not(kind in any_kind(), by in any_day()) {
        let policy = Policy::shipped();
        let anchor = latest_anchor_due_by(kind, by, policy);
        prop_assert!(due_on(kind, anchor, policy) <= by);
        prop_assert!(due_on(kind, days_after(anchor, 1), policy) > by);
        prop_assert!(due_on(kind, days_before(anchor, 1), policy) <= by);
    }
}

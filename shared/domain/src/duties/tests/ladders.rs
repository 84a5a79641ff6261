//! On which days reminders climb, and what is due when.

use super::*;
use crate::calendar::Calendar;
use crate::policy::Policy;

fn climb(kind: DutyKind, anchor: &str, known_on: &str) -> Vec<(Rung, Date)> {
    rungs(kind, day(anchor), day(known_on), Policy::shipped(), Calendar::shipped())
}

#[test]
fn a_ladder_is_not_spent_on_the_national_day() {
    let expected = [
        (Rung::Lead, day("2026-09-16")),
        (Rung::Due, day("2026-09-30")),
        // 1 to 7 October off; 8, 9, Saturday 10 (made up), 12, 13 October.
        (Rung::BranchSecretary, day("2026-10-13")),
        (Rung::GeneralBranchSecretary, day("2026-10-20")),
        (Rung::OrganisationDepartment, day("2026-11-03")),
    ];
    assert_eq!(climb(DutyKind::NextTalk, "2026-06-30", "2026-06-30"), expected);
}

#[test]
fn an_old_record_starts_its_ladder_on_the_day_it_became_known() {
    let expected = [
        // Known on a Saturday: the first working day after.
        (Rung::Due, day("2026-11-16")),
        (Rung::BranchSecretary, day("2026-11-20")),
        (Rung::GeneralBranchSecretary, day("2026-11-27")),
        (Rung::OrganisationDepartment, day("2026-12-11")),
    ];
    assert_eq!(climb(DutyKind::NextTalk, "2020-01-01", "2026-11-14"), expected);
}

#[test]
fn a_lead_that_had_passed_is_given_when_the_duty_became_known() {
    let ladder = climb(DutyKind::NextTalk, "2026-06-30", "2026-09-28");
    assert_eq!(ladder.first(), Some(&(Rung::Lead, day("2026-09-28"))));
    let on_the_day = climb(DutyKind::NextTalk, "2026-06-30", "2026-09-30");
    assert_eq!(on_the_day.first(), Some(&(Rung::Due, day("2026-09-30"))));
}

#[test]
fn a_gap_goes_to_the_general_branch_and_then_to_the_department() {
    for kind in [DutyKind::LiaisonGap, DutyKind::LeaderWithNobody] {
        let expected = [(Rung::Due, day("2026-11-09")), (Rung::OrganisationDepartment, day("2026-11-23"))];
        assert_eq!(climb(kind, "2026-11-02", "2026-11-02"), expected);
    }
}

#[test]
fn only_rungs_whose_day_has_come_have_fired() {
    let ladder = climb(DutyKind::NextTalk, "2026-06-30", "2026-06-30");
    assert_eq!(fired(&ladder, day("2026-09-15")), []);
    assert_eq!(fired(&ladder, day("2026-10-12")).len(), 2);
    assert_eq!(fired(&ladder, day("2026-10-13")).len(), 3);
}

#[test]
fn states_follow_the_day() {
    let policy = Policy::shipped();
    let on = |today| state_on(DutyKind::NextTalk, day("2026-06-30"), None, day(today), policy);
    assert_eq!(on("2026-09-15"), DutyState::Upcoming);
    assert_eq!(on("2026-09-16"), DutyState::DueSoon);
    assert_eq!(on("2026-09-30"), DutyState::DueToday);
    assert_eq!(on("2026-10-02"), DutyState::Overdue { days: 2 });
    let met =
        |met| state_on(DutyKind::NextTalk, day("2026-06-30"), Some(day(met)), day("2026-12-01"), policy);
    assert_eq!(met("2026-09-30"), DutyState::Met { late_days: 0 });
    assert_eq!(met("2026-11-01"), DutyState::Met { late_days: 32 });
}

#[test]
fn the_first_talk_is_due_after_a_month_and_a_gap_after_a_week() {
    let policy = Policy::shipped();
    assert_eq!(due_on(DutyKind::FirstTalk, day("2026-01-31"), policy), day("2026-02-28"));
    assert_eq!(due_on(DutyKind::LiaisonGap, day("2026-11-02"), policy), day("2026-11-09"));
}

#[test]
fn every_duty_names_its_article_and_is_read_as_written() {
    for kind in DutyKind::ALL {
        assert_eq!(article(kind), "意见三(四)");
        assert_eq!(kind.as_str().parse(), Ok(kind));
        assert_eq!(serde_json::to_value(kind).ok(), Some(kind.as_str().into()));
    }
    for rung in Rung::ALL {
        assert_eq!(serde_json::to_value(rung).ok(), Some(rung.as_str().into()));
    }
}

//! The ladder: working days only, offices held twice or by nobody.

use peiyu_domain::duties::routing::Passed;
use peiyu_domain::duties::why::Reason;
use peiyu_domain::duties::{DutyKind, Rung};
use peiyu_domain::testing::person;
use peiyu_domain::values::OfficeKind;
use peiyu_notifier::{Skip, Tick};

use crate::house::{BRANCH, House, LI, SCHOOL, WANG, ZHAO, address, plain, sent};
use peiyu_testing::receiver::{Manners, Receiver};

/// A liaison without office, whose candidate's first talk is due on Wednesday 30 September 2026.
async fn due_before_national_day() -> House {
    let mut house = House::with_tree("2026-09-30T09:00:00").await;
    house.person(100, "联系人", "计算机学院").await;
    house.candidate(11, 100, "2026-08-30", "2026-08-30").await;
    house
}

#[tokio::test]
async fn the_ladder_is_not_spent_on_the_days_off_of_national_day() {
    let house = due_before_national_day().await;
    let receiver = Receiver::start(Manners::default()).await;
    let notifier = house.notifier(Some(plain(&receiver)));
    assert_eq!(sent(house.tick(&notifier).await), 1);
    for day in 1..=7 {
        let tick = house.tick_at(&format!("2026-10-0{day}T09:00:00"), &notifier).await;
        assert_eq!(tick, Tick::Skipped(Skip::DayOff), "{day} October");
    }
    // 8, 9, 10 (a Saturday made up), 12, 13: the fifth working day.
    for day in ["08", "09", "10", "12"] {
        assert_eq!(
            sent(house.tick_at(&format!("2026-10-{day}T09:00:00"), &notifier).await),
            0,
            "{day} October"
        );
    }
    assert_eq!(sent(house.tick_at("2026-10-13T09:00:00", &notifier).await), 1);
    assert_eq!(receiver.recipients(), [address(100), address(LI)]);
    let text = receiver.mails()[1].text();
    for part in ["升级提醒", "2026年9月30日已提醒联系人", "联系人：联系人"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(sent(house.tick_at("2026-10-20T09:00:00", &notifier).await), 1);
    assert_eq!(receiver.mails()[2].to, address(WANG), "the tenth working day");
}

#[tokio::test]
async fn a_talk_in_time_ends_the_ladder() {
    let mut house = due_before_national_day().await;
    let receiver = Receiver::start(Manners::default()).await;
    let notifier = house.notifier(Some(plain(&receiver)));
    assert_eq!(sent(house.tick(&notifier).await), 1);
    house.talk(11, 100, 1, "2026-10-09", "2026-10-09").await;
    house.tick_at("2026-10-13T09:00:00", &notifier).await;
    assert_eq!(receiver.recipients(), [address(100)]);
    let duties = house.explain(11).await;
    let first = duties.iter().find(|duty| duty.kind == DutyKind::FirstTalk).unwrap();
    let reasons: Vec<Reason> = first.rungs.iter().map(|rung| rung.told[0].reason).collect();
    assert!(matches!(reasons[1], Reason::Sent { possible_double: false, .. }), "{reasons:?}");
    assert!(reasons[2..].iter().all(|reason| matches!(reason, Reason::Met { .. })), "{reasons:?}");
}

#[tokio::test]
async fn whoever_holds_two_offices_is_skipped_upwards() {
    let mut house = House::with_tree("2026-11-23T09:00:00").await;
    house.candidate(11, LI, "2026-10-23", "2026-10-23").await;
    let receiver = Receiver::start(Manners::default()).await;
    let notifier = house.notifier(Some(plain(&receiver)));
    assert_eq!(sent(house.tick(&notifier).await), 1);
    assert_eq!(sent(house.tick_at("2026-11-30T09:00:00", &notifier).await), 1);
    assert_eq!(receiver.recipients(), [address(LI), address(WANG)]);
    let duties = house.explain(11).await;
    let rung = duties[0].rungs.iter().find(|rung| rung.rung == Rung::BranchSecretary).unwrap();
    assert_eq!(rung.passed, [(Rung::BranchSecretary, Passed::ToldBefore)]);
}

#[tokio::test]
async fn a_vacant_office_is_passed_over_and_that_is_said() {
    let mut house = due_before_national_day().await;
    house.office_ended(BRANCH, LI, OfficeKind::BranchSecretary, "2026-09-15").await;
    let receiver = Receiver::start(Manners::default()).await;
    let notifier = house.notifier(Some(plain(&receiver)));
    assert_eq!(sent(house.tick(&notifier).await), 1);
    assert_eq!(sent(house.tick_at("2026-10-13T09:00:00", &notifier).await), 1);
    assert_eq!(receiver.mails()[1].to, address(WANG));
    assert!(receiver.mails()[1].text().contains("教师党支部书记空缺，提醒上移一级"));
}

#[tokio::test]
async fn a_leader_with_nobody_is_told_with_the_units_secretary() {
    let mut house = House::with_tree("2026-11-24T09:00:00").await;
    house.person(100, "副书记", "计算机学院").await;
    house.office(SCHOOL, 100, OfficeKind::DeputySecretary, "2026-11-10").await;
    let plan = house.plan("2026-11-24").await;
    let about = |who: u128| -> Vec<_> {
        let digest = plan.digests.iter().find(|digest| digest.addressee == person(who));
        digest.into_iter().flat_map(|digest| &digest.items).map(|item| item.about).collect()
    };
    assert!(about(100).contains(&person(100)));
    assert!(about(WANG).contains(&person(100)));
    assert!(
        plan.digests.iter().all(|digest| digest.addressee != person(ZHAO)),
        "not before ten working days"
    );
}

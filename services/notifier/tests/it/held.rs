//! After a restore: what came due before it is held until an operator decides, what comes due later goes out.

use peiyu_domain::AnyEvent;
use peiyu_domain::duties::why::Reason;
use peiyu_domain::duties::{DutyKind, Rung};
use peiyu_domain::installation::InstallationEvent;
use peiyu_domain::testing::{date, person};

use crate::house::{House, LI, address, plain, sent, shanghai, tally};
use peiyu_testing::receiver::{Manners, Receiver};

/// A first talk that is due on Wednesday 30 September 2026, in a store that was restored on that day.
async fn restored() -> House {
    let mut house = House::with_tree("2026-09-30T09:00:00").await;
    house.person(100, "联系人", "计算机学院").await;
    house.candidate(11, 100, "2026-08-30", "2026-08-30").await;
    let began = InstallationEvent::EpochBegan {
        epoch: 2,
        earlier_epoch: 1,
        last_position: 20,
        last_event: None,
        backed_up_at: Some(shanghai("2026-09-20T03:00:00")),
        began_on: date("2026-09-30"),
    };
    house.push(1, AnyEvent::Installation(began), "2026-09-30").await;
    house
}

async fn settle(house: &mut House, event: InstallationEvent) {
    house.push(1, AnyEvent::Installation(event), "2026-09-30").await;
}

async fn reason(house: &House, rung: Rung) -> Reason {
    let duties = house.explain(11).await;
    let first = duties.iter().find(|duty| duty.kind == DutyKind::FirstTalk).unwrap();
    first.rungs.iter().find(|explained| explained.rung == rung).unwrap().told[0].reason
}

#[tokio::test]
async fn what_came_due_before_a_restore_is_held_until_it_is_released() {
    let mut house = restored().await;
    let receiver = Receiver::start(Manners::default()).await;
    let notifier = house.notifier(Some(plain(&receiver)));
    for moment in ["2026-09-30T09:00:00", "2026-10-08T09:00:00"] {
        let tally = tally(house.tick_at(moment, &notifier).await);
        assert_eq!((tally.sent, tally.waiting), (0, 0), "{moment}");
    }
    assert!(receiver.mails().is_empty());
    assert_eq!(reason(&house, Rung::Due).await, Reason::HeldAfterRestore);
    let held = house.plan("2026-10-08").await.held;
    let named: Vec<_> = held.iter().map(|digest| (digest.addressee, digest.items.len())).collect();
    assert_eq!(named, [(person(100), 1)]);

    settle(&mut house, InstallationEvent::HeldRemindersReleased { epoch: 2 }).await;
    assert_eq!(sent(house.tick_at("2026-10-08T09:05:00", &notifier).await), 1);
    assert_eq!(receiver.recipients(), [address(100)]);
    assert!(house.plan("2026-10-08").await.held.is_empty());
}

#[tokio::test]
async fn what_is_dropped_never_goes_out_and_the_next_rung_does() {
    let mut house = restored().await;
    let receiver = Receiver::start(Manners::default()).await;
    let notifier = house.notifier(Some(plain(&receiver)));
    settle(&mut house, InstallationEvent::HeldRemindersDropped { epoch: 2 }).await;
    assert_eq!(sent(house.tick_at("2026-10-08T09:00:00", &notifier).await), 0);
    assert_eq!(reason(&house, Rung::Due).await, Reason::DroppedAfterRestore);
    assert_eq!(sent(house.tick_at("2026-10-13T09:00:00", &notifier).await), 1);
    assert_eq!(receiver.recipients(), [address(LI)], "the fifth working day");
}

#[tokio::test]
async fn a_rung_reached_after_the_restore_goes_out_while_the_earlier_one_is_held() {
    let house = restored().await;
    let receiver = Receiver::start(Manners::default()).await;
    let notifier = house.notifier(Some(plain(&receiver)));
    assert_eq!(sent(house.tick_at("2026-10-13T09:00:00", &notifier).await), 1);
    assert_eq!(receiver.recipients(), [address(LI)]);
    assert_eq!(house.plan("2026-10-13").await.held.len(), 1);
}

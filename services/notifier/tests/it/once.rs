//! One digest a person a day: with two notifiers, after a crash, after an import, when nobody has an address.

use peiyu_domain::AnyEvent;
use peiyu_domain::duties::why::Reason;
use peiyu_domain::duties::{DutyKind, Rung};
use peiyu_domain::import::ImportEvent;
use peiyu_domain::reminder::{Named, ReminderFailure};
use peiyu_domain::testing::{date, person};
use peiyu_domain::values::ReminderId;
use peiyu_notifier::{Skip, Tally, Tick};
use peiyu_platform::Shutdown;
use peiyu_views::digests::MAIL;
use peiyu_views::reminders::Stage;
use uuid::Uuid;

use crate::house::{House, LI, WANG, address, plain, sent, tally};
use peiyu_testing::receiver::{Manners, Receiver, Whom};

/// Two candidates of LI, one of WANG; first talks were due on 23 November 2026.
async fn three_overdue(now: &str) -> House {
    let mut house = House::with_tree(now).await;
    house.candidate(11, LI, "2026-10-23", "2026-10-23").await;
    house.candidate(12, LI, "2026-10-23", "2026-10-23").await;
    house.candidate(13, WANG, "2026-10-23", "2026-10-23").await;
    house
}

#[tokio::test]
async fn everybody_gets_one_digest_with_all_that_is_due_and_none_again_after_a_restart() {
    let house = three_overdue("2026-11-24T08:29:00").await;
    let receiver = Receiver::start(Manners::default()).await;
    let notifier = house.notifier(Some(plain(&receiver)));
    assert_eq!(house.tick(&notifier).await, Tick::Skipped(Skip::BeforeHour));
    assert_eq!(sent(house.tick_at("2026-11-24T08:30:00", &notifier).await), 2);
    assert_eq!(receiver.recipients(), [address(LI), address(WANG)]);
    let mails = receiver.mails();
    let to_li = mails.iter().find(|mail| mail.to == address(LI)).unwrap();
    let text = to_li.text();
    for part in ["对象11", "对象12", "李书记", "已逾期 1 天", "/talks/new"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("对象13"), "{text}");
    let restarted = house.notifier(Some(plain(&receiver)));
    house.tick_at("2026-11-24T15:00:00", &restarted).await;
    house.tick_at("2026-11-25T09:00:00", &restarted).await;
    assert_eq!(receiver.mails().len(), 2, "the same rung is never said twice");
    let reminders = house.reminders().await;
    assert_eq!(reminders.len(), 2);
    for reminder in reminders {
        assert_eq!((reminder.stage, reminder.possible_double), (Stage::Sent, false));
        let receipt = reminder.receipt.unwrap();
        assert!(receipt.starts_with("250") && !receipt.contains('@'), "{receipt}");
    }
}

#[tokio::test]
async fn of_two_notifiers_at_once_one_sends() {
    let mut house = House::with_tree("2026-11-24T09:00:00").await;
    for liaison in 100..112_u128 {
        house.person(liaison, "联系人", "计算机学院").await;
        house.candidate(liaison + 100, liaison, "2026-10-23", "2026-10-23").await;
    }
    let receiver = Receiver::start(Manners::default()).await;
    let (one, other) = (house.notifier(Some(plain(&receiver))), house.notifier(Some(plain(&receiver))));
    house.catch_up().await;
    let shutdown = Shutdown::new();
    let projecting = async {
        loop {
            house.catch_up().await;
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    let (first, second) = tokio::select! {
        both = async { tokio::join!(one.tick(&shutdown), other.tick(&shutdown)) } => both,
        () = projecting => unreachable!("it never ends"),
    };
    let (first, second) = (tally(first.unwrap()), tally(second.unwrap()));
    assert_eq!(first.sent + second.sent, 12, "{first:?} {second:?}");
    assert_eq!(receiver.recipients(), (100..112).map(address).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_claim_without_an_end_is_sent_again_once_and_noted_as_a_possible_double() {
    let house = three_overdue("2026-11-24T09:00:00").await;
    let receiver = Receiver::start(Manners::default()).await;
    // A notifier that died between claim and sending.
    let plan = house.plan("2026-11-24").await;
    let digest = plan.digests.iter().find(|digest| digest.addressee == person(LI)).unwrap();
    let names = digest
        .items
        .iter()
        .map(|item| Named {
            obligation: item.obligation,
            kind: item.kind,
            about: item.about,
            due_on: item.due_on,
            rung: item.rung,
        })
        .collect();
    claim(&house, LI, names).await;
    let notifier = house.notifier(Some(plain(&receiver)));
    assert_eq!(tally(house.tick(&notifier).await), Tally { sent: 1, waiting: 1, ..Tally::default() });
    assert_eq!(receiver.recipients(), [address(WANG)]);
    house.tick_at("2026-11-24T09:09:59", &notifier).await;
    assert_eq!(receiver.mails().len(), 1, "the claim may still be alive");
    assert_eq!(sent(house.tick_at("2026-11-24T09:10:00", &notifier).await), 1);
    house.tick_at("2026-11-24T11:00:00", &notifier).await;
    assert_eq!(receiver.recipients(), [address(LI), address(WANG)]);
    let id = ReminderId::of(person(LI), date("2026-11-24"), MAIL);
    let reminders = house.reminders().await;
    let reminder = reminders.iter().find(|reminder| reminder.id == id).unwrap();
    assert_eq!((reminder.stage, reminder.attempts, reminder.possible_double), (Stage::Sent, 2, true));
    let mails = receiver.mails();
    let mail = mails.iter().find(|mail| mail.to == address(LI)).unwrap();
    assert!(mail.message_id().contains(&id.to_string()), "receivers can tell by {}", mail.message_id());
    assert!(mail.text().contains("如已收到同样内容"), "{}", mail.text());
}

async fn claim(house: &House, addressee: u128, names: Vec<Named>) {
    let application = house.application();
    let request = peiyu_application::Request {
        actor: application.notifier(),
        command_id: Uuid::now_v7(),
        digest: [1; 32],
        correlation_id: Uuid::now_v7(),
        causation_id: None,
        if_match: None,
        origin: peiyu_contracts::Origin::Live,
    };
    let day = house.clock.today();
    let abandoned_after = jiff::SignedDuration::from_mins(10);
    application.claim_reminder(&request, person(addressee), day, MAIL, names, abandoned_after).await.unwrap();
}

#[tokio::test]
async fn a_claim_left_from_the_day_before_is_ended_and_its_duties_stand_in_todays_digest() {
    let house = three_overdue("2026-11-24T09:00:00").await;
    let receiver = Receiver::start(Manners::default()).await;
    let plan = house.plan("2026-11-24").await;
    let item = &plan.digests.iter().find(|digest| digest.addressee == person(WANG)).unwrap().items[0];
    let name = Named {
        obligation: item.obligation,
        kind: item.kind,
        about: item.about,
        due_on: item.due_on,
        rung: item.rung,
    };
    claim(&house, WANG, vec![name]).await;
    let notifier = house.notifier(Some(plain(&receiver)));
    assert_eq!(sent(house.tick_at("2026-11-25T09:00:00", &notifier).await), 2);
    let text = receiver.mails().iter().find(|mail| mail.to == address(WANG)).unwrap().text();
    assert!(text.contains("发送未成功或未确认"), "{text}");
}

#[tokio::test]
async fn an_import_of_old_records_makes_one_digest_each_and_no_second_after_a_restart() {
    let mut house = House::with_tree("2026-11-24T14:00:00").await;
    for liaison in 100..103_u128 {
        house.person(liaison, "联系人", "计算机学院").await;
        for candidate in 0..12 {
            // Years overdue, and known since today.
            let id = 1000 + liaison * 20 + candidate;
            house.candidate(id, liaison, "2018-03-01", "2026-11-24").await;
            house.talk(id, liaison, 1, "2019-05-06", "2026-11-24").await;
        }
    }
    let receiver = Receiver::start(Manners::default()).await;
    let notifier = house.notifier(Some(plain(&receiver)));
    assert_eq!(sent(house.tick(&notifier).await), 3);
    assert_eq!(
        receiver.recipients(),
        (100..103).map(address).collect::<Vec<_>>(),
        "no rung of the past is said"
    );
    let text = receiver.mails()[0].text();
    assert!(text.contains("今日待办 12 项（逾期 12 项）"), "{text}");
    assert!(text.contains("补办建议"), "{text}");
    let restarted = house.notifier(Some(plain(&receiver)));
    house.tick_at("2026-11-24T16:00:00", &restarted).await;
    house.tick_at("2026-11-25T16:00:00", &restarted).await;
    assert_eq!(receiver.mails().len(), 3);
}

#[tokio::test]
async fn while_an_import_runs_nothing_is_told_in_parts() {
    let mut house = three_overdue("2026-11-24T14:00:00").await;
    let started = ImportEvent::ImportStarted {
        kind: peiyu_domain::import::ImportKind::Roster,
        file_hash: "00".into(),
        file_name: "roster.xlsx".to_owned().into(),
        mapping: std::collections::BTreeMap::new(),
        rows: 1,
        rejected: 0,
        rejected_by_reason: std::collections::BTreeMap::new(),
        rejected_rows: Vec::new(),
    };
    house.push(77, AnyEvent::Import(started), "2026-11-24").await;
    house.clock.set(crate::house::shanghai("2026-11-24T12:10:00"));
    let notifier = house.notifier(None);
    assert_eq!(house.tick(&notifier).await, Tick::Skipped(Skip::ImportRuns));
    assert_eq!(
        sent(house.tick_at("2026-11-24T12:31:00", &notifier).await),
        2,
        "it crashed and holds up nobody"
    );
}

#[tokio::test]
async fn nothing_is_sent_while_the_read_models_are_behind() {
    let mut house = three_overdue("2026-11-24T09:00:00").await;
    house.catch_up().await;
    house.talk(11, LI, 1, "2026-11-23", "2026-11-24").await;
    while house.store.sequence_once(100).await.unwrap() > 0 {}
    let notifier = house.notifier(None);
    let tick = notifier.tick(&Shutdown::new()).await.unwrap();
    let head = house.store.feed_head().await.unwrap().position;
    assert_eq!(tick, Tick::Skipped(Skip::Behind { position: head - 1, head: Some(head) }));
    assert!(house.reminders().await.is_empty());
}

#[tokio::test]
async fn without_a_server_mails_are_files_and_the_receipt_is_their_name() {
    let house = three_overdue("2026-11-24T09:00:00").await;
    let notifier = house.notifier(None);
    assert_eq!(sent(house.tick(&notifier).await), 2);
    let folder = house.folder.path().join("mail");
    for reminder in house.reminders().await {
        let receipt = reminder.receipt.unwrap();
        assert_eq!(receipt, format!("2026-11-24/{}.eml", reminder.id));
        let text = std::fs::read_to_string(folder.join(&receipt)).unwrap();
        assert!(text.contains("Auto-Submitted: auto-generated"), "{text}");
    }
    let left: Vec<_> = std::fs::read_dir(folder.join("2026-11-24")).unwrap().collect();
    assert_eq!(left.len(), 2, "no half-written file is left");
}

#[tokio::test]
async fn who_has_no_address_is_noted_once_and_explained() {
    let mut house = House::with_tree("2026-11-24T09:00:00").await;
    house.person_at(100, "无邮箱", "计算机学院", "").await;
    house.candidate(11, 100, "2026-10-23", "2026-10-23").await;
    let notifier = house.notifier(None);
    assert_eq!(tally(house.tick(&notifier).await).undeliverable, 1);
    house.tick_at("2026-11-25T09:00:00", &notifier).await;
    let reminders = house.reminders().await;
    assert_eq!(reminders.len(), 1, "once");
    assert_eq!(reminders[0].failure, Some(ReminderFailure::NoAddress));
    let duties = house.explain(11).await;
    let due = duties[0].rungs.iter().find(|rung| rung.rung == Rung::Due).unwrap();
    assert_eq!(due.told.len(), 1);
    assert!(
        matches!(due.told[0].reason, Reason::NotDelivered { failure: ReminderFailure::NoAddress, .. }),
        "{:?}",
        due.told[0]
    );
}

#[tokio::test]
async fn a_rung_that_failed_for_want_of_an_address_is_said_once_an_address_is_there() {
    let mut house = House::with_tree("2026-11-24T09:00:00").await;
    house.person_at(100, "无邮箱", "计算机学院", "").await;
    house.candidate(11, 100, "2026-10-23", "2026-10-23").await;
    let receiver = Receiver::start(Manners::default()).await;
    let notifier = house.notifier(Some(plain(&receiver)));
    assert_eq!(tally(house.tick(&notifier).await).undeliverable, 1);
    house.new_address(100, &address(100)).await;
    let due = |duties: &[peiyu_views::digests::ExplainedDuty]| {
        let rung = duties[0].rungs.iter().find(|rung| rung.rung == Rung::Due).unwrap();
        rung.told[0].reason
    };
    house.catch_up().await;
    assert_eq!(due(&house.explain(11).await), Reason::WaitsForNextDigest, "today's attempt is over");
    assert_eq!(sent(house.tick_at("2026-11-25T09:00:00", &notifier).await), 1);
    assert_eq!(receiver.mails().len(), 1);
    assert!(matches!(due(&house.explain(11).await), Reason::Sent { .. }));
    house.tick_at("2026-11-26T09:00:00", &notifier).await;
    assert_eq!(receiver.mails().len(), 1, "once");
}

#[tokio::test]
async fn a_preview_says_what_will_go_out_and_changes_nothing() {
    let house = three_overdue("2026-11-24T09:00:00").await;
    let tomorrow = house.plan("2026-11-30").await;
    let people: Vec<_> = tomorrow.digests.iter().map(|digest| digest.addressee).collect();
    assert_eq!(people, [person(LI), person(WANG)]);
    let escalated: Vec<_> = tomorrow.digests[0].items.iter().filter(|item| !item.is_own).collect();
    assert_eq!(escalated.len(), 1, "five working days later the first rung above is reached");
    assert_eq!((escalated[0].about, escalated[0].rung), (person(13), Rung::BranchSecretary));
    assert!(house.reminders().await.is_empty());
    let kinds: Vec<_> =
        tomorrow.digests.iter().flat_map(|digest| &digest.items).map(|item| item.kind).collect();
    assert!(kinds.iter().all(|kind| *kind == DutyKind::FirstTalk), "{kinds:?}");
}

#[tokio::test]
async fn a_mail_taken_in_silence_is_sent_again_only_as_a_possible_double() {
    let house = three_overdue("2026-11-24T09:00:00").await;
    let receiver =
        Receiver::start(Manners { falls_silent_at: Whom::These(vec![address(LI)]), ..Manners::default() })
            .await;
    let notifier = house.notifier(Some(plain(&receiver)));
    let first = tally(house.tick(&notifier).await);
    assert_eq!((first.sent, first.postponed), (1, 1));
    receiver.change(|manners| manners.falls_silent_at = Whom::Nobody);
    house.tick_at("2026-11-24T09:09:59", &notifier).await;
    assert_eq!(receiver.mails().len(), 2, "the server may have it: nothing is sent within the claim's time");
    assert_eq!(sent(house.tick_at("2026-11-24T09:10:00", &notifier).await), 1);
    let reminders = house.reminders().await;
    let doubled: Vec<_> = reminders.iter().filter(|reminder| reminder.possible_double).collect();
    assert_eq!(doubled.iter().map(|reminder| reminder.addressee).collect::<Vec<_>>(), [person(LI)]);
}

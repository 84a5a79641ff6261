//! Mail servers that encrypt, want a password, are not who they say, hang, refuse, or fail half of the time.

use std::time::Duration;

use peiyu_domain::reminder::ReminderFailure;
use peiyu_notifier::{DeliveryError, Mailer, MailerError, Phase, Skip, Tick};
use peiyu_platform::health::Condition;
use peiyu_platform::settings::{Smtp, SmtpSecurity};
use peiyu_platform::{Health, Shutdown};
use peiyu_servers::testing::eventually;

use crate::house::{House, address, plain, sent, signed_in, tally};
use crate::tls::Authority;
use peiyu_testing::receiver::{Manners, Receiver, Whom};

/// So many liaisons, each with one talk overdue.
async fn with_liaisons(many: u128) -> House {
    let mut house = House::with_tree("2026-11-24T09:00:00").await;
    for liaison in 100..100 + many {
        house.person(liaison, "联系人", "计算机学院").await;
        house.candidate(liaison + 100, liaison, "2026-10-23", "2026-10-23").await;
    }
    house
}

#[tokio::test]
async fn starttls_with_an_own_ca_and_a_password() {
    let (house, authority) = (with_liaisons(1).await, Authority::new());
    let manners = Manners { starttls: Some(authority.acceptor()), wants_sign_in: true, ..Manners::default() };
    let receiver = Receiver::start(manners).await;
    let smtp = Smtp {
        security: SmtpSecurity::Starttls,
        ca_file: Some(authority.write(house.folder.path())),
        ..signed_in(plain(&receiver))
    };
    assert_eq!(sent(house.tick(&house.notifier(Some(smtp))).await), 1);
    let mail = &receiver.mails()[0];
    assert!(mail.was_encrypted && mail.was_signed_in);
}

#[tokio::test]
async fn tls_from_the_first_byte_with_an_own_ca() {
    let (house, authority) = (with_liaisons(1).await, Authority::new());
    let receiver = Receiver::start(Manners { tls: Some(authority.acceptor()), ..Manners::default() }).await;
    let ca_file = Some(authority.write(house.folder.path()));
    let smtp = Smtp { security: SmtpSecurity::Tls, ca_file, ..plain(&receiver) };
    assert_eq!(sent(house.tick(&house.notifier(Some(smtp))).await), 1);
    assert!(receiver.mails()[0].was_encrypted);
}

#[tokio::test]
async fn a_server_of_another_ca_gets_nothing_and_nothing_is_claimed() {
    let (house, authority) = (with_liaisons(1).await, Authority::new());
    let manners = Manners { starttls: Some(authority.acceptor()), ..Manners::default() };
    let receiver = Receiver::start(manners).await;
    let ca_file = Some(Authority::new().write(house.folder.path()));
    let smtp = Smtp { security: SmtpSecurity::Starttls, ca_file, ..plain(&receiver) };
    let error = Mailer::new(&house.settings(Some(smtp.clone())))
        .unwrap()
        .send_test("a@example.edu")
        .await
        .unwrap_err();
    assert!(matches!(error, DeliveryError::Unavailable { phase: Phase::Encrypt, .. }), "{error:?}");
    assert_eq!(house.tick(&house.notifier(Some(smtp))).await, Tick::Skipped(Skip::ChannelDown));
    assert!(receiver.mails().is_empty() && house.reminders().await.is_empty());
}

#[tokio::test]
async fn a_server_without_starttls_gets_nothing_where_it_is_required() {
    let house = with_liaisons(1).await;
    let receiver = Receiver::start(Manners::default()).await;
    let smtp = Smtp { security: SmtpSecurity::Starttls, ..plain(&receiver) };
    let error =
        Mailer::new(&house.settings(Some(smtp))).unwrap().send_test("a@example.edu").await.unwrap_err();
    assert!(matches!(error, DeliveryError::Unavailable { phase: Phase::Encrypt, .. }), "{error:?}");
    assert!(receiver.mails().is_empty());
}

#[tokio::test]
async fn a_wrong_password_is_told_apart() {
    let house = with_liaisons(1).await;
    let receiver = Receiver::start(Manners { wants_sign_in: true, ..Manners::default() }).await;
    let smtp = Smtp { password: Some("wrong".to_owned().into()), ..signed_in(plain(&receiver)) };
    let error =
        Mailer::new(&house.settings(Some(smtp))).unwrap().send_test("a@example.edu").await.unwrap_err();
    assert!(
        matches!(error, DeliveryError::Unavailable { phase: Phase::SignIn, code: Some(535), .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn no_encryption_is_refused_to_a_server_elsewhere() {
    let house = House::new("2026-11-24T09:00:00").await;
    let receiver = Receiver::start(Manners::default()).await;
    let smtp = Smtp { host: "mail.example.edu".into(), ..plain(&receiver) };
    let error = Mailer::new(&house.settings(Some(smtp))).unwrap_err();
    assert!(matches!(error, MailerError::PlainElsewhere { .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_that_hangs_at_one_holds_up_nobody_else_and_is_tried_again() {
    let house = with_liaisons(6).await;
    let receiver =
        Receiver::start(Manners { hangs_at: Whom::These(vec![address(100)]), ..Manners::default() }).await;
    let notifier = house.notifier(Some(Smtp { timeout_seconds: 1, ..plain(&receiver) }));
    let first = tally(house.tick(&notifier).await);
    assert_eq!((first.sent, first.postponed), (5, 1));
    receiver.change(|manners| manners.hangs_at = Whom::Nobody);
    tokio::time::sleep(Duration::from_millis(30)).await;
    assert_eq!(sent(house.tick(&notifier).await), 1);
    assert_eq!(receiver.recipients(), (100..106).map(address).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_address_refused_for_good_is_not_tried_again() {
    let house = with_liaisons(2).await;
    let receiver =
        Receiver::start(Manners { refuses: Whom::These(vec![address(100)]), ..Manners::default() }).await;
    let notifier = house.notifier(Some(plain(&receiver)));
    let first = tally(house.tick(&notifier).await);
    assert_eq!((first.sent, first.undeliverable), (1, 1));
    receiver.change(|manners| manners.refuses = Whom::Nobody);
    house.tick_at("2026-11-25T09:00:00", &notifier).await;
    assert_eq!(receiver.recipients(), [address(101)]);
    let reminders = house.reminders().await;
    let refused = reminders.iter().find(|one| one.failure == Some(ReminderFailure::AddressRefused)).unwrap();
    assert_eq!(refused.code, Some(550));
}

#[tokio::test]
async fn a_server_that_fails_half_of_the_time_takes_each_mail_once_in_the_end() {
    let house = with_liaisons(8).await;
    let receiver = Receiver::start(Manners { fails_half: true, ..Manners::default() }).await;
    let notifier = house.notifier(Some(plain(&receiver)));
    for _ in 0..100 {
        if receiver.mails().len() == 8 {
            break;
        }
        house.tick(&notifier).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(receiver.recipients(), (100..108).map(address).collect::<Vec<_>>());
    for reminder in house.reminders().await {
        assert!(!reminder.possible_double, "what the server refused did not go out: {reminder:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_shows_the_mail_server_and_why_it_cannot_be_used() {
    let house = House::new("2026-11-24T07:00:00").await;
    let receiver = Receiver::start(Manners { wants_sign_in: true, ..Manners::default() }).await;
    let wrong = Smtp { password: Some("wrong".to_owned().into()), ..signed_in(plain(&receiver)) };
    for (smtp, condition) in [(wrong, Condition::Degraded), (signed_in(plain(&receiver)), Condition::Up)] {
        let (health, shutdown) = (Health::new(), Shutdown::new());
        let settings = house.running_settings(Some(smtp));
        let running = tokio::spawn(peiyu_notifier::run(settings, health.clone(), shutdown.clone()));
        let mail = || health.dependencies().into_iter().find(|found| found.name == "notifier.mail");
        eventually("the mail server was looked at", || async {
            let Some(seen) = mail() else { return false };
            let is_refused = seen.reason.is_some_and(|reason| reason.contains("SignIn"));
            seen.condition == condition && is_refused == (condition == Condition::Degraded)
        })
        .await;
        eventually("a mail server that is away holds nobody up", || async { health.is_ready() }).await;
        shutdown.request();
        running.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_test_mail_reaches_its_address() {
    let house = House::new("2026-11-24T09:00:00").await;
    let receiver = Receiver::start(Manners::default()).await;
    let receipt = peiyu_notifier::send_test_mail(&house.settings(Some(plain(&receiver))), "a@example.edu")
        .await
        .unwrap();
    assert!(receipt.starts_with("250"), "{receipt}");
    assert_eq!(receiver.recipients(), ["a@example.edu"]);
}

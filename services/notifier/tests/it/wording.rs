//! The department's words in the mail that arrives: as they stand when it is written, in the language that was set.

use peiyu_domain::letter_template::{LetterLanguage, Texts};
use peiyu_domain::values::ids::named;
use peiyu_platform::settings::MailLanguage;
use peiyu_servers::testing::eventually;
use peiyu_testing::receiver::{Mail, Manners, Receiver};
use peiyu_testing::request;
use serde_json::json;

use crate::house::{House, LI, WANG, address, plain, sent};

/// On 24 November LI is told of two first talks, one overdue, and on the 25th of the other again, which is due then.
async fn two_days() -> (House, Receiver) {
    let mut house = House::with_tree("2026-11-24T09:00:00").await;
    house.candidate(11, LI, "2026-10-23", "2026-10-23").await;
    house.candidate(12, LI, "2026-10-25", "2026-10-25").await;
    (house, Receiver::start(Manners::default()).await)
}

fn own() -> Texts {
    Texts {
        subject: "{校党委}：请{姓名}办理 {事项数} 项".to_owned(),
        opening: "{姓名}同志：\n{日期}有 {逾期数} 项逾期。".to_owned(),
        closing: "请到 {链接} 办理。\n\n组织部 <电话 0000>".to_owned(),
    }
}

fn last(receiver: &Receiver) -> Mail {
    let mail = receiver.mails().pop().unwrap();
    assert_eq!(mail.to, address(LI));
    mail
}

#[tokio::test]
async fn a_changed_wording_arrives_in_the_next_mail_and_the_shipped_one_after_it_is_restored() {
    let (house, receiver) = two_days().await;
    let application = house.application();
    let notifier = house.notifier(Some(plain(&receiver)));
    let by_operator = || request(application.operator());
    application.set_letter_wording(&by_operator(), LetterLanguage::Zh, own()).await.unwrap();
    assert_eq!(sent(house.tick(&notifier).await), 1);
    let mail = last(&receiver);
    assert_eq!(mail.subject(), "校党委：请李书记办理 2 项");
    let text = mail.text();
    for part in [
        "李书记同志：\n2026年11月24日有 1 项逾期。",
        "请到 https://peiyu.example.edu/todo 办理。",
        "组织部 <电话 0000>",
        "对象11",
    ] {
        assert!(text.replace("\r\n", "\n").contains(part), "{part} in {text}");
    }
    assert!(!text.contains("自动发送") && !text.contains('{'), "{text}");

    application.restore_letter_wording(&by_operator(), LetterLanguage::Zh).await.unwrap();
    assert_eq!(sent(house.tick_at("2026-11-25T09:00:00", &notifier).await), 1);
    let mail = last(&receiver);
    assert!(
        mail.subject().starts_with("【培育】今日待办") && mail.text().contains("自动发送"),
        "{}",
        mail.text()
    );
}

#[tokio::test]
async fn who_cannot_read_the_wording_reminds_all_the_same_in_the_words_of_the_last_time() {
    let (mut house, receiver) = two_days().await;
    let application = house.application();
    let notifier = house.notifier(Some(plain(&receiver)));
    application
        .set_letter_wording(&request(application.operator()), LetterLanguage::Zh, own())
        .await
        .unwrap();
    assert_eq!(sent(house.tick(&notifier).await), 1);
    // Of a known name and not of its shape, as a mistaken newer binary might write it.
    let template = ("letter_template", named(&["letter_template", "test", "zh"]));
    house.seen(template, 1);
    let misshapen = json!({ "event": "LetterWordingSet", "language": "zh" });
    house.push_payload(template, "LetterWordingSet", &misshapen, "2026-11-24").await;
    assert!(application.letter_wording(LetterLanguage::Zh).await.is_err(), "it can be read after all");
    assert_eq!(sent(house.tick_at("2026-11-25T09:00:00", &notifier).await), 1);
    assert_eq!(last(&receiver).subject(), "校党委：请李书记办理 1 项");
}

#[tokio::test]
async fn who_never_could_read_the_wording_reminds_in_the_shipped_words() {
    let (mut house, receiver) = two_days().await;
    let template = ("letter_template", named(&["letter_template", "test", "zh"]));
    house
        .push_payload(template, "LetterWordingSet", &json!({ "event": "LetterWordingSet" }), "2026-11-24")
        .await;
    assert_eq!(sent(house.tick(&house.notifier(Some(plain(&receiver)))).await), 1);
    assert_eq!(last(&receiver).subject(), "【培育】今日待办 2 项（逾期 1 项）");
}

#[tokio::test]
async fn mails_are_english_when_they_are_set_so() {
    let (house, receiver) = two_days().await;
    assert_eq!(sent(house.tick(&house.notifier_in(MailLanguage::En, Some(plain(&receiver)))).await), 1);
    let mail = last(&receiver);
    assert_eq!(mail.subject(), "[Peiyu] To do today: 2 (1 overdue)");
    // Mostly ASCII, so it comes as quoted-printable.
    let wire = mail.wire.replace("=\n", "");
    for part in ["Dear ", "Record the talk", "https://peiyu.example.edu/todo", "<html lang=3D\"en\">"] {
        assert!(wire.contains(part), "{part} in {wire}");
    }
}

#[tokio::test]
async fn what_is_saved_while_a_tick_sends_holds_from_its_next_letter_on() {
    let (mut house, receiver) = two_days().await;
    house.candidate(13, WANG, "2026-10-23", "2026-10-23").await;
    let application = house.application();
    let notifier = house.notifier_at(10, MailLanguage::Zh, Some(plain(&receiver)));
    let saved = async {
        eventually("the first letter is out", || async { !receiver.mails().is_empty() }).await;
        let by = request(application.operator());
        application.set_letter_wording(&by, LetterLanguage::Zh, own()).await.unwrap();
    };
    let (tick, ()) = tokio::join!(house.tick(&notifier), saved);
    assert_eq!(sent(tick), 2);
    let subjects: Vec<String> = receiver.mails().iter().map(Mail::subject).collect();
    assert!(subjects[0].starts_with("【培育】今日待办"), "{subjects:?}");
    assert!(subjects[1].starts_with("校党委：请"), "{subjects:?}");
}

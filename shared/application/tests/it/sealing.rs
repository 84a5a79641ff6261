//! The canary: no name, number or gist stands anywhere in the events database in plain.

use peiyu_domain::candidate::commands::{RecordTalk, TalkDraft};
use peiyu_domain::import::ImportKind;
use peiyu_domain::values::TalkForm;
use peiyu_testing::{House, Sample, request};
use sqlx::Connection;

#[tokio::test(flavor = "multi_thread")]
async fn no_name_number_or_gist_is_in_the_events() {
    let house = House::new().await;
    house.import(ImportKind::Organisation, "clean-1200").await;
    house.import(ImportKind::Roster, "clean-1200").await;
    house.import(ImportKind::Talks, "clean-1200").await;
    let candidate = house.person(Sample::CANDIDATE).await;
    let liaison = house.person(Sample::BRANCH_SECRETARY).await;
    let application = &house.application;
    let operator = request(application.operator());
    application.assign_liaison(&operator, candidate, liaison, None).await.unwrap();
    let draft = TalkDraft {
        place: Some("金丝雀办公室".into()),
        topics: vec!["金丝雀主题".into()],
        gist: "金丝雀要点".into(),
        wishes: Some("金丝雀愿望".into()),
        follow_up: None,
    };
    let today = house.clock.today();
    let actor = house.sign_in(Sample::BRANCH_SECRETARY).await;
    let talk = RecordTalk { held_on: today, form: TalkForm::Single, draft };
    application.record_talk(&request(actor), candidate, talk).await.unwrap();

    let mut connection = sqlx::PgConnection::connect(&house.database.url).await.unwrap();
    let canaries = ["金丝雀", "程倩雪", Sample::CANDIDATE, "孔春婷", "阿依古丽", "@staff.example"];
    for canary in canaries {
        let found: i64 = sqlx::query_scalar(
            "select count(*) from store.events where position($1 in payload::text || metadata::text) > 0",
        )
        .bind(canary)
        .fetch_one(&mut connection)
        .await
        .unwrap();
        // Organisations are no persons: their names stand in plain.
        assert_eq!(found, 0, "{canary} stands in {found} events");
    }
    let sealed: i64 = sqlx::query_scalar(
        "select count(*) from store.events where position('$sealed' in payload::text) > 0",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert!(sealed > 1200, "the check itself sees sealed fields: {sealed}");
}

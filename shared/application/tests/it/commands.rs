//! Liaison and talks by people with offices; command ids; decisions that others overtake.

use jiff::civil::Date;
use peiyu_application::CommandError;
use peiyu_domain::candidate::commands::{CorrectTalk, RecordTalk, TalkChanges, TalkDraft};
use peiyu_domain::candidate::{Candidate, LiaisonEnd};
use peiyu_domain::import::ImportKind;
use peiyu_domain::organisation::commands::EndOffice;
use peiyu_domain::values::{OfficeKind, OrganisationId, TalkForm};
use peiyu_testing::{House, Sample, request, request_by};
use uuid::Uuid;

pub async fn house() -> House {
    let house = House::new().await;
    house.import(ImportKind::Organisation, "clean-1200").await;
    house.import(ImportKind::Roster, "clean-1200").await;
    house
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub fn talk(held_on: &str, gist: &str) -> RecordTalk {
    let draft = TalkDraft {
        place: Some("办公室".into()),
        topics: vec!["思想动态".into()],
        gist: gist.into(),
        wishes: None,
        follow_up: None,
    };
    RecordTalk { held_on: day(held_on), form: TalkForm::Single, draft }
}

pub fn code(result: Result<peiyu_application::Answer, CommandError>) -> &'static str {
    match result {
        Err(CommandError::Refused(refused)) => refused.code,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secretary_assigns_and_the_liaison_records_a_talk() {
    let house = house().await;
    let application = &house.application;
    let candidate = house.person(Sample::CANDIDATE).await;
    let liaison = house.person(Sample::BRANCH_SECRETARY).await;
    let secretary = house.sign_in(Sample::COMMITTEE_SECRETARY).await;
    let since = Some(day("2026-11-02"));
    application.assign_liaison(&request(secretary.clone()), candidate, liaison, since).await.unwrap();

    let actor = house.sign_in(Sample::BRANCH_SECRETARY).await;
    let talked =
        application.record_talk(&request(actor.clone()), candidate, talk("2026-11-10", "近况")).await;
    assert_eq!(talked.unwrap().version, 3);
    let refused = application.record_talk(&request(actor.clone()), candidate, talk("2026-11-01", "早")).await;
    assert_eq!(code(refused), "talk_before_assignment");
    let refused = application.record_talk(&request(secretary), candidate, talk("2026-11-10", "代记")).await;
    assert_eq!(code(refused), "not_the_liaison");

    let changes = TalkChanges { held_on: Some(day("2026-11-11")), ..TalkChanges::default() };
    let correct = || CorrectTalk { talk: 1, changes: changes.clone(), reason: "记错日期".into() };
    let mut stale = request(actor.clone());
    stale.if_match = Some(2);
    let result = application.correct_talk(&stale, candidate, correct()).await;
    assert!(matches!(result, Err(CommandError::Stale { expected: 2, found: 3 })), "{result:?}");
    let mut fresh = request(actor);
    fresh.if_match = Some(3);
    application.correct_talk(&fresh, candidate, correct()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_outside_ones_part_of_the_tree_does_not_exist() {
    let house = house().await;
    let stranger = house.sign_in(Sample::OTHER_SECRETARY).await;
    let candidate = house.person(Sample::CANDIDATE).await;
    let liaison = house.person(Sample::OTHER_SECRETARY).await;
    let result = house.application.assign_liaison(&request(stranger), candidate, liaison, None).await;
    assert!(matches!(result, Err(CommandError::NotFound { kind: "person" })), "{result:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_is_what_gives_the_right() {
    let house = house().await;
    let nobody = house.sign_in(Sample::CANDIDATE).await;
    let candidate = house.person(Sample::OTHER_CANDIDATE).await;
    let liaison = house.person(Sample::BRANCH_SECRETARY).await;
    let result = house.application.assign_liaison(&request(nobody), candidate, liaison, None).await;
    assert!(matches!(result, Err(CommandError::Forbidden(_))), "{result:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_is_answered_alike_and_another_body_is_refused() {
    let house = house().await;
    let operator = house.application.operator();
    let candidate = house.person(Sample::CANDIDATE).await;
    let liaison = house.person(Sample::BRANCH_SECRETARY).await;
    let sent = request_by(operator, Uuid::now_v7());
    let first = house.application.assign_liaison(&sent, candidate, liaison, None).await.unwrap();
    let again = house.application.assign_liaison(&sent, candidate, liaison, None).await.unwrap();
    assert_eq!(first, again);
    let mut other = sent.clone();
    other.digest = [8; 32];
    let result = house.application.assign_liaison(&other, candidate, liaison, None).await;
    assert!(matches!(result, Err(CommandError::KeyReused)), "{result:?}");
}

/// Whoever comes second finds the version gone on, by the first one's doing.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_twice_at_once_is_answered_alike() {
    let house = house().await;
    let other = house.another_process().await;
    let candidate = house.person(Sample::CANDIDATE).await;
    let liaison = house.person(Sample::BRANCH_SECRETARY).await;
    for _ in 0..20 {
        let assign = request(house.application.operator());
        let assigned = house.application.assign_liaison(&assign, candidate, liaison, None).await.unwrap();
        let mut sent = request(house.application.operator());
        sent.if_match = Some(assigned.version);
        let end = |application: peiyu_application::Application| {
            let sent = sent.clone();
            async move { application.end_liaison(&sent, candidate, None, LiaisonEnd::Unavailable, None).await }
        };
        let (one, two) =
            tokio::join!(tokio::spawn(end(house.application.clone())), tokio::spawn(end(other.clone())));
        assert_eq!(one.unwrap().unwrap(), two.unwrap().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn same_key_other_user() {
    let house = house().await;
    let liaison = house.person(Sample::BRANCH_SECRETARY).await;
    let key = Uuid::now_v7();
    let operator = request_by(house.application.operator(), key);
    let head = request_by(house.sign_in(Sample::DEPARTMENT_HEAD).await, key);
    let one = house.person(Sample::CANDIDATE).await;
    let two = house.person(Sample::OTHER_CANDIDATE).await;
    let first = house.application.assign_liaison(&operator, one, liaison, None).await.unwrap();
    let second = house.application.assign_liaison(&head, two, liaison, None).await.unwrap();
    assert_ne!(first.id, second.id, "a key belongs to its user: both commands were done");
}

/// One installation loses the liaison's office while another, with a cached directory, assigns them.
#[tokio::test(flavor = "multi_thread")]
async fn liaison_loses_office_while_assigned() {
    let house = house().await;
    let candidate = house.person(Sample::CANDIDATE).await;
    let liaison = house.person(Sample::BRANCH_SECRETARY).await;
    let branch = OrganisationId::of_number("test", "00100101");
    // Another process, whose own cache this house does not share, ends the office.
    let other = house.another_process().await;
    let end = EndOffice { person: liaison, office: OfficeKind::BranchSecretary, until: day("2026-11-24") };
    other.end_office(&request(other.operator()), branch, end).await.unwrap();

    let operator = request(house.application.operator());
    let result = house.application.assign_liaison(&operator, candidate, liaison, None).await;
    assert_eq!(code(result), "liaison_without_office");
    let loaded = house.application.load::<Candidate>(candidate.0).await.unwrap();
    assert_eq!(loaded.state.assignment(), None);
}

/// Two people assign different liaisons to the same candidate at the same moment.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_assignments_at_once_one_wins_and_the_other_is_told_so() {
    let house = house().await;
    let candidate = house.person(Sample::CANDIDATE).await;
    let one = house.person(Sample::BRANCH_SECRETARY).await;
    let two = house.person(Sample::COMMITTEE_SECRETARY).await;
    let (operator, other) = (house.application.operator(), house.another_process().await);
    let (first, second) = (request(operator.clone()), request(operator));
    let results = tokio::join!(
        house.application.assign_liaison(&first, candidate, one, None),
        other.assign_liaison(&second, candidate, two, None),
    );
    let done = [results.0.is_ok(), results.1.is_ok()];
    assert!(done[0] ^ done[1], "{results:?}");
    let loser = if done[0] { results.1 } else { results.0 };
    assert_eq!(code(loser), "liaison_already_assigned");
}

/// An event names the policy in force at its commit, whoever adopted it.
#[tokio::test(flavor = "multi_thread")]
async fn a_policy_adopted_elsewhere_holds_for_the_next_command() {
    let house = house().await;
    let candidate = house.person(Sample::CANDIDATE).await;
    let liaison = house.person(Sample::BRANCH_SECRETARY).await;
    let other = house.another_process().await;
    let shipped = peiyu_domain::policy::Policy::shipped_text();
    let version = &peiyu_domain::policy::Policy::shipped().version;
    let content = shipped.replace(&format!("\"{version}\""), "\"2026-11-01\"");
    other.adopt_policy(&request(other.operator()), content).await.unwrap();

    let operator = request(house.application.operator());
    house.application.assign_liaison(&operator, candidate, liaison, None).await.unwrap();
    let stream = peiyu_store::StreamId::new("candidate", candidate.0);
    let history = house.application.store().load_one(&stream).await.unwrap();
    let named = history.last().unwrap().metadata.policy_version.as_deref();
    assert_eq!(named, Some("2026-11-01"));
    assert_eq!(house.application.policy_today().await.unwrap().version, "2026-11-01");
}

/// The secretary's office ends between sign-in and append: the command is not done by an office that is gone.
#[tokio::test(flavor = "multi_thread")]
async fn an_office_lost_meanwhile_gives_no_right_any_more() {
    let house = house().await;
    let secretary = house.sign_in(Sample::COMMITTEE_SECRETARY).await;
    let holder = house.person(Sample::COMMITTEE_SECRETARY).await;
    let candidate = house.person(Sample::CANDIDATE).await;
    let liaison = house.person(Sample::BRANCH_SECRETARY).await;
    let committee = OrganisationId::of_number("test", "001001");
    let end = EndOffice { person: holder, office: OfficeKind::Secretary, until: day("2026-11-24") };
    let other = house.another_process().await;
    other.end_office(&request(other.operator()), committee, end).await.unwrap();

    let result = house.application.assign_liaison(&request(secretary), candidate, liaison, None).await;
    assert!(matches!(result, Err(CommandError::Forbidden(_))), "{result:?}");
    let loaded = house.application.load::<Candidate>(candidate.0).await.unwrap();
    assert_eq!(loaded.state.assignment(), None);
}

/// A unit's secretary plans classes of their own unit; others' do not exist for them.
#[tokio::test(flavor = "multi_thread")]
async fn a_class_is_planned_within_ones_part_of_the_tree() {
    use peiyu_domain::training_class::ClassPlan;
    use peiyu_domain::values::{ClassId, Text, TrainingForm};

    let house = house().await;
    let secretary = house.sign_in(Sample::COMMITTEE_SECRETARY).await;
    let plan = |organisation: &str| ClassPlan {
        title: Text::new("专题培训班").unwrap(),
        organisation: OrganisationId::of_number("test", organisation),
        form: TrainingForm::ConcentratedTraining,
        from: day("2026-11-24"),
        to: day("2026-11-30"),
        hours_tenths: 240,
        places: None,
    };
    let plan_it = async |organisation: &str| {
        let request = request(secretary.clone());
        house.application.plan_training(&request, ClassId::random(), plan(organisation)).await
    };
    plan_it("001001").await.unwrap();
    for elsewhere in ["001000", "001002"] {
        let result = plan_it(elsewhere).await;
        assert!(matches!(result, Err(CommandError::NotFound { kind: "organisation" })), "{result:?}");
    }
}

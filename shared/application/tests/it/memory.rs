//! States that a process remembers while another moves them on: a retry, never a wrong event.

use peiyu_application::{Application, CommandError};
use peiyu_domain::access::Right;
use peiyu_domain::candidate::{Candidate, LiaisonEnd};
use peiyu_domain::values::{AccountId, PersonId};
use peiyu_testing::{House, Sample, request};

use crate::commands::{code, house, talk};

/// The operator ends whatever assignment there is.
async fn end(application: &Application, candidate: PersonId) {
    let ended = application
        .end_liaison(&request(application.operator()), candidate, None, LiaisonEnd::Unavailable, None)
        .await;
    ended.unwrap();
}

async fn assign(application: &Application, candidate: PersonId, liaison: PersonId) {
    let operator = request(application.operator());
    application.assign_liaison(&operator, candidate, liaison, None).await.unwrap();
}

async fn names(house: &House, candidate: PersonId) -> Vec<String> {
    let stream = peiyu_store::StreamId::new("candidate", candidate.0);
    let history = house.application.store().load_one(&stream).await.unwrap();
    history.into_iter().map(|event| event.event_type).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_on_a_remembered_state_is_judged_anew() {
    let house = house().await;
    let other = house.another_process().await;
    let candidate = house.person(Sample::CANDIDATE).await;
    let (one, two) =
        (house.person(Sample::BRANCH_SECRETARY).await, house.person(Sample::COMMITTEE_SECRETARY).await);
    assign(&house.application, candidate, one).await;
    end(&other, candidate).await;
    // By what this process remembers, the candidate still has a liaison.
    assign(&house.application, candidate, two).await;
    let loaded = house.application.load::<Candidate>(candidate.0).await.unwrap();
    assert_eq!(loaded.state.assignment().map(|assignment| assignment.liaison), Some(two));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_on_a_remembered_state_that_has_moved_becomes_no_event() {
    let house = house().await;
    let other = house.another_process().await;
    let candidate = house.person(Sample::CANDIDATE).await;
    let liaison = house.person(Sample::BRANCH_SECRETARY).await;
    let actor = house.sign_in(Sample::BRANCH_SECRETARY).await;
    assign(&house.application, candidate, liaison).await;
    end(&other, candidate).await;
    let before = names(&house, candidate).await;
    // By what this process remembers, the actor accompanies the candidate and may record the talk.
    let refused = house.application.record_talk(&request(actor), candidate, talk("2026-11-24", "近况")).await;
    assert!(
        matches!(&refused, Err(CommandError::Refused(_) | CommandError::NotFound { kind: "person" })),
        "{refused:?}"
    );
    assert_eq!(names(&house, candidate).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_with_memories_take_turns_on_one_aggregate() {
    let house = house().await;
    let other = house.another_process().await;
    let candidate = house.person(Sample::CANDIDATE).await;
    let liaison = house.person(Sample::BRANCH_SECRETARY).await;
    let before = names(&house, candidate).await.len();
    for _ in 0..4 {
        assign(&house.application, candidate, liaison).await;
        end(&other, candidate).await;
        assign(&other, candidate, liaison).await;
        end(&house.application, candidate).await;
    }
    let names = names(&house, candidate).await.split_off(before);
    assert_eq!(names.len(), 16);
    assert!(names.chunks(2).all(|pair| pair == ["LiaisonAssigned", "LiaisonEnded"]), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_commands_at_once_in_two_processes_the_aggregate_takes_one() {
    let house = house().await;
    let other = house.another_process().await;
    let candidate = house.person(Sample::CANDIDATE).await;
    let (one, two) =
        (house.person(Sample::BRANCH_SECRETARY).await, house.person(Sample::COMMITTEE_SECRETARY).await);
    // Both remember the candidate as it was before the last event.
    assign(&house.application, candidate, one).await;
    assign(&other, candidate, one).await;
    end(&house.application, candidate).await;
    let before = names(&house, candidate).await.len();
    let sent: Vec<_> = (0..12)
        .map(|number| {
            let application = if number % 2 == 0 { house.application.clone() } else { other.clone() };
            let liaison = if number % 3 == 0 { one } else { two };
            tokio::spawn(async move {
                let operator = request(application.operator());
                application.assign_liaison(&operator, candidate, liaison, None).await
            })
        })
        .collect();
    let mut appended = 0;
    for command in sent {
        match command.await.unwrap() {
            // Whoever asks for what is so already changes nothing.
            Ok(answer) => appended += usize::from(answer.event.is_some()),
            refused => assert_eq!(code(refused), "liaison_already_assigned"),
        }
    }
    assert_eq!(appended, 1);
    assert_eq!(names(&house, candidate).await.len(), before + 1);
}

/// The right comes from the remembered account, while the account that is written is read afresh.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_themselves_back_a_right_that_was_just_taken_from_them() {
    let house = house().await;
    let other = house.another_process().await;
    let actor = house.sign_in(Sample::BRANCH_SECRETARY).await;
    let own = AccountId(actor.principal);
    let operator = request(house.application.operator());
    house.application.grant_right(&operator, own, Right::AccountManage).await.unwrap();
    // This process remembers the account with the right.
    let actor = house.application.actor(own).await.unwrap();
    other.revoke_right(&request(other.operator()), own, Right::AccountManage).await.unwrap();
    let refused = house.application.grant_right(&request(actor), own, Right::AccountManage).await;
    assert!(matches!(refused, Err(CommandError::Forbidden(Right::AccountManage))), "{refused:?}");
    assert!(!house.application.actor(own).await.unwrap().granted.contains(&Right::AccountManage));
}

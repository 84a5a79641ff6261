//! What operators ask for in the browser is carried out by a projector that runs, or by the next that does.

use peiyu_views::View;
use peiyu_views::parked::{self, Asked, Do, Reason, Request, Scope, Standing};
use uuid::Uuid;

use crate::house::{House, eventually, registered};

/// A person whose first event has a broken seal; answers the stream.
async fn with_a_broken_seal(house: &House) -> Uuid {
    let (person, event_id) = (Uuid::now_v7(), Uuid::now_v7());
    house.vault.ensure_keys(&[person]).await.unwrap();
    let moved = house.vault.seal_payload(person, Uuid::now_v7(), &registered()).await.unwrap();
    house.append_sealed(person, "person", event_id, "PersonRegistered", &moved).await;
    house.sequence().await;
    person
}

async fn ask(house: &House, what: Do, scope: Scope) -> Uuid {
    let request = Request {
        id: Uuid::now_v7(),
        principal: Uuid::nil(),
        command_id: Uuid::now_v7(),
        digest: [1; 32],
        what,
        scope,
        who: "operator".to_owned(),
        why: Reason::new("the test").unwrap(),
    };
    assert_eq!(parked::ask(house.store.pool(), &request).await.unwrap(), Asked::New);
    request.id
}

async fn ended(house: &House, id: Uuid) -> Standing {
    let standing = async || parked::standing(house.store.pool(), id).await.unwrap().unwrap();
    eventually("the request has ended", || async { matches!(standing().await.state, "finished" | "failed") })
        .await;
    standing().await
}

#[tokio::test]
async fn what_was_asked_for_while_the_projector_was_away_is_carried_out_by_the_next() {
    let house = House::new().await;
    let person = with_a_broken_seal(&house).await;
    house.register(2).await;
    let projector = house.projector();
    house.caught_up().await;
    projector.stop().await;

    let all = ask(&house, Do::Retry, Scope::default()).await;
    let scope = Scope { kind: Some("person".to_owned()), stream: Some(person), ..View::Persons.into() };
    let skip = ask(&house, Do::Skip { position: 1 }, scope).await;
    let waiting = parked::standing(house.store.pool(), all).await.unwrap().unwrap();
    assert_eq!((waiting.state, waiting.applied), ("waiting", 0));

    let (one, other) = (house.projector(), house.projector());
    let all = ended(&house, all).await;
    assert_eq!((all.state, all.applied, all.open, all.stuck), ("finished", 0, 0, 2));
    let skip = ended(&house, skip).await;
    assert_eq!((skip.state, skip.skipped, skip.open, skip.fault), ("finished", 1, 1, None));
    one.stop().await;
    other.stop().await;
    let left = parked::count(house.store.pool(), &Scope::default()).await.unwrap();
    assert_eq!((left.streams, left.skipped), (1, 1), "the dossier's waits on");
}

#[tokio::test]
async fn a_request_that_only_a_newer_binary_can_carry_out_waits_says_so_and_holds_up_no_other() {
    let house = House::new().await;
    let person = with_a_broken_seal(&house).await;
    let projector = house.projector();
    house.caught_up().await;
    let serves = async |version: i32| {
        let update = "update views.checkpoints set version = $1 where name = 'persons'";
        sqlx::query(update).bind(version).execute(house.store.pool()).await.unwrap();
    };
    let own = View::Persons.definition().version;
    serves(own + 1).await;
    let persons = ask(&house, Do::Retry, View::Persons.into()).await;
    let dossier = ask(&house, Do::Retry, Scope { stream: Some(person), ..View::Dossier.into() }).await;
    assert_eq!(ended(&house, dossier).await.stuck, 1);
    let fault = async || {
        parked::standing(house.store.pool(), persons).await.unwrap().unwrap().fault.unwrap_or_default()
    };
    eventually("it says why", || async { fault().await.contains("newer binary") }).await;
    serves(own).await;
    let persons = ended(&house, persons).await;
    assert_eq!((persons.state, persons.stuck, persons.fault), ("finished", 1, None));
    projector.stop().await;
}

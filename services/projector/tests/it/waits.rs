//! What the projector waits out, what it parks and what stops it.

use peiyu_servers::testing::PrivatePostgres;
use peiyu_views::checkpoint::positions;
use uuid::Uuid;

use crate::house::{House, eventually, registered};

#[tokio::test]
async fn an_event_of_a_newer_binary_stops_all_read_models_and_readiness_says_so() {
    let house = House::new().await;
    house.register(2).await;
    house.append(Uuid::now_v7(), "meeting", &serde_json::json!({ "event": "MeetingHeld" })).await;
    house.register(2).await;
    let projector = house.projector();
    let reason = projector.down("projector.read_models").await;
    assert!(reason.contains("position 3") && reason.contains("meeting.MeetingHeld"), "{reason}");
    assert!(!projector.health.is_ready());
    for at in positions(house.store.pool()).await.unwrap() {
        assert_eq!(
            (at.position, at.parked_streams),
            (2, 0),
            "what is known is in, nothing is parked: {at:?}"
        );
    }
    projector.stop().await;
}

#[tokio::test]
async fn an_older_binary_waits_beside_a_newer_one_and_goes_on_when_it_is_the_newer() {
    let house = House::new().await;
    house.register(2).await;
    let serves = async |version: i32| {
        let update = "update views.checkpoints set version = $1 where name = 'persons'";
        sqlx::query(update).bind(version).execute(house.store.pool()).await.unwrap();
    };
    let own = peiyu_views::View::Persons.definition().version;
    serves(own + 1).await;
    let projector = house.projector();
    let reason = projector.down("projector.read_models").await;
    assert!(reason.contains("newer binary"), "{reason}");
    for at in positions(house.store.pool()).await.unwrap() {
        assert_eq!(at.parked_streams, 0, "{at:?}");
    }
    assert_eq!(house.persons().await, 0);
    serves(own).await;
    house.caught_up().await;
    projector.is_ready().await;
    assert_eq!(house.persons().await, 2);
    projector.stop().await;
}

#[tokio::test]
async fn without_its_stream_the_projector_is_ready_and_says_what_it_does_without() {
    let house = House::new().await;
    let projector = house.projector();
    let degraded = || {
        let found = projector.health.dependencies();
        let stream = found.into_iter().find(|one| one.name == "projector.stream");
        stream.and_then(|one| one.reason).unwrap_or_default()
    };
    eventually("it says so", || async { degraded().contains("pages come from PostgreSQL") }).await;
    projector.is_ready().await;
    projector.stop().await;
}

#[tokio::test]
async fn a_broken_seal_parks_its_stream_and_the_others_go_on() {
    let house = House::new().await;
    house.register(2).await;
    let (person, event_id) = (Uuid::now_v7(), Uuid::now_v7());
    house.vault.ensure_keys(&[person]).await.unwrap();
    // Sealed for another event: bound to its identity, it does not open here.
    let moved = house.vault.seal_payload(person, Uuid::now_v7(), &registered()).await.unwrap();
    house.append_sealed(person, "person", event_id, "PersonRegistered", &moved).await;
    house.register(2).await;
    let projector = house.projector();
    house.caught_up().await;
    projector.stop().await;
    assert_eq!(house.persons().await, 4);
    let parked: i64 = positions(house.store.pool()).await.unwrap().iter().map(|at| at.parked_streams).sum();
    assert_eq!(parked, 2, "persons and dossier take persons in");
}

#[tokio::test]
async fn a_killed_postgres_is_waited_out() {
    let mut postgres = PrivatePostgres::start().await;
    postgres.server.create_database("peiyu").await.unwrap();
    let url = postgres.server.url("peiyu");
    let house = House::on(&url).await;
    house.register(300).await;
    let projector = house.projector();
    projector.is_ready().await;
    postgres.server.kill9();
    projector.down("projector.postgres").await;
    postgres.restart().await;
    projector.is_ready().await;
    house.register(5).await;
    house.caught_up().await;
    assert_eq!(house.persons().await, 305);
    projector.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_model_that_has_nothing_yet_shows_how_long_it_lacks_the_first_event() {
    let metrics = peiyu_platform::telemetry::record_metrics().unwrap();
    let house = House::new().await;
    let projector = house.projector();
    projector.is_ready().await;
    let mut held = house.store.pool().begin().await.unwrap();
    sqlx::query("select 1 from views.checkpoints for update").execute(&mut *held).await.unwrap();
    house.register(1).await;
    let age = || {
        let text = metrics.render();
        let mut lines = text.lines();
        lines
            .find_map(|line| line.strip_prefix("peiyu_projector_lag_seconds{view=\"persons\"} "))
            .map(|age| age.parse::<f64>().unwrap())
    };
    eventually("the lag has an age", async || age().is_some_and(|age| age > 0.0)).await;
    held.rollback().await.unwrap();
    house.caught_up().await;
    eventually("nothing is lacking", async || age() == Some(0.0)).await;
    projector.stop().await;
}

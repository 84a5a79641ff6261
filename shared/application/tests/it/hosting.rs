//! The deciders run inside `cqrs-es`: its own framework loads, decides and persists the same aggregates.

use std::sync::Arc;

use cqrs_es::persist::PersistedEventStore;
use cqrs_es::{AggregateContext, EventStore};
use peiyu_application::Hosted;
use peiyu_domain::candidate::Candidate;
use peiyu_domain::import::ImportKind;
use peiyu_store::{CommandFrame, EventRepository};
use peiyu_testing::{House, Sample};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn cqrs_es_loads_what_the_application_appended() {
    let house = House::new().await;
    house.import(ImportKind::Organisation, "clean-1200").await;
    house.import(ImportKind::Roster, "clean-1200").await;
    let candidate = house.person(Sample::CANDIDATE).await;
    let frame = CommandFrame {
        principal: Uuid::nil(),
        command_id: Uuid::now_v7(),
        digest: [0; 32],
        answer: "{}".into(),
        facts: Vec::new(),
        claims: Vec::new(),
        releases: Vec::new(),
    };
    let repository = EventRepository::new(house.application.store().clone(), frame);
    let events: PersistedEventStore<EventRepository, Hosted<Candidate>> =
        PersistedEventStore::new_event_store(repository);
    let mut context = Arc::new(events).load_aggregate(&candidate.to_string()).await.unwrap();
    assert!(
        context.aggregate().0.in_pool_since().is_some(),
        "a candidate has nothing sealed to enter the pool"
    );
}

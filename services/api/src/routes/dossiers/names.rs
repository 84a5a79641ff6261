//! Names for the ids that stand in a dossier's events: of people, organisations and classes.

use std::collections::{BTreeMap, BTreeSet};

use peiyu_domain::values::{ClassId, PersonId};
use peiyu_views::{organisations, persons, training};
use serde_json::Value;
use uuid::Uuid;

use super::head::DossierHead;
use crate::Api;
use crate::problem::Problem;

/// Where an event holds the id of a person.
const PEOPLE: [&str; 4] = ["/actor_person", "/content/liaison", "/content/talker", "/content/addressee"];
/// Where it holds the id of an organisation.
const PLACES: [&str; 3] = ["/actor_organisation", "/content/office/organisation", "/content/branch"];

/// The names of whatever the events and the head mention; who or what is no longer known has none.
pub(super) async fn of(
    api: &Api,
    events: &[Value],
    head: &DossierHead,
) -> Result<BTreeMap<Uuid, String>, Problem> {
    let mut people = ids(events, &PEOPLE);
    people.extend(streams(events, &["person", "candidate", "member"]));
    people.extend(head.liaison());
    let mut places = ids(events, &PLACES);
    places.extend(streams(events, &["organisation"]));
    places.extend(head.liaison_organisation());
    let mut classes = ids(events, &["/content/class"]);
    classes.extend(streams(events, &["training_class"]));

    let mut names = BTreeMap::new();
    let people: Vec<PersonId> = people.into_iter().map(PersonId).collect();
    for page in people.chunks(200) {
        let found = persons::by_ids(api.pool(), page).await?;
        names.extend(found.into_iter().map(|person| (person.id.0, person.name)));
    }
    let known = organisations::all(api.pool()).await?;
    let known = known.into_iter().filter(|organisation| places.contains(&organisation.id.0));
    names.extend(known.map(|organisation| (organisation.id.0, organisation.name)));
    for class in classes {
        let found = training::by_id(api.pool(), ClassId(class)).await?;
        names.extend(found.map(|found| (class, found.title)));
    }
    Ok(names)
}

/// The id that a value holds, if it does.
pub(super) fn id(value: &Value) -> Option<Uuid> {
    value.as_str().and_then(|text| Uuid::try_parse(text).ok())
}

fn ids(events: &[Value], pointers: &[&str]) -> BTreeSet<Uuid> {
    events
        .iter()
        .flat_map(|event| pointers.iter().filter_map(|at| event.pointer(at)).filter_map(id))
        .collect()
}

fn streams(events: &[Value], kinds: &[&str]) -> BTreeSet<Uuid> {
    let of_kind = |event: &&Value| {
        event.get("aggregate_type").and_then(Value::as_str).is_some_and(|kind| kinds.contains(&kind))
    };
    events.iter().filter(of_kind).filter_map(|event| event.get("aggregate_id").and_then(id)).collect()
}

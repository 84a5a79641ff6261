//! Names beside the ids of those whom reminders are about.

use std::collections::{BTreeSet, HashMap};

use peiyu_domain::values::PersonId;
use peiyu_views::persons;

use crate::Api;
use crate::problem::Problem;

/// People of one look-up.
const AT_ONCE: usize = 1000;

/// The names of these people, as far as they are registered.
pub(super) async fn names_of(
    api: &Api,
    people: impl IntoIterator<Item = PersonId>,
) -> Result<HashMap<PersonId, String>, Problem> {
    let people: BTreeSet<PersonId> = people.into_iter().collect();
    let people: Vec<PersonId> = people.into_iter().collect();
    let mut names = HashMap::with_capacity(people.len());
    for chunk in people.chunks(AT_ONCE) {
        let found = persons::by_ids(api.pool(), chunk).await?;
        names.extend(found.into_iter().map(|person| (person.id, person.name)));
    }
    Ok(names)
}

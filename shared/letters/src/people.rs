//! Who stands in a digest.

use std::collections::{BTreeSet, HashMap};

use peiyu_domain::values::PersonId;
use peiyu_views::ViewError;
use peiyu_views::digests::Digest;
use peiyu_views::persons::{self, Person};
use sqlx::PgPool;

/// Ids of one look-up.
const PEOPLE_AT_ONCE: usize = 1000;

/// Everybody whom the digest names, as far as they are registered.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn people_of(pool: &PgPool, digest: &Digest) -> Result<HashMap<PersonId, Person>, ViewError> {
    let mut ids = BTreeSet::from([digest.addressee]);
    for item in &digest.items {
        ids.insert(item.about);
        ids.extend(item.liaison);
        ids.extend(item.earlier.iter().map(|earlier| earlier.addressee));
    }
    let ids: Vec<PersonId> = ids.into_iter().collect();
    let mut people = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(PEOPLE_AT_ONCE) {
        let found = persons::by_ids(pool, chunk).await?;
        people.extend(found.into_iter().map(|person| (person.id, person)));
    }
    Ok(people)
}

/// Their names alone.
#[must_use]
pub fn names_of(people: &HashMap<PersonId, Person>) -> HashMap<PersonId, String> {
    people.iter().map(|(id, person)| (*id, person.name.clone())).collect()
}

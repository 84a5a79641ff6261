//! Which units and rooms a part of the tree covers: how a scope becomes a condition that PostgreSQL can use.
//!
//! People carry unit and room, organisations carry both too; the domain's `Tree` says who belongs where. Only
//! the pairs that occur are placed (a few hundred), so the answer is the tree's own and costs little.

use std::collections::HashSet;

use peiyu_domain::access::Scope;
use peiyu_domain::organisation::placement::Tree;
use peiyu_domain::values::{OrganisationId, PersonId};
use serde::Deserialize;
use sqlx::PgPool;

use crate::ask::{Question, wrap};
use crate::error::ViewError;
use crate::organisations;

/// Most different pairs of unit and room.
const MOST_PAIRS: i64 = 20_000;

/// Whose records somebody sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// Everybody's.
    Everybody,
    /// Those of people in these places, and of those whom the viewer accompanies.
    Places {
        /// Units and rooms.
        places: Places,
        /// The viewer.
        viewer: Option<PersonId>,
    },
    /// Those whom this person accompanies.
    Own(PersonId),
}

/// Pairs of unit and room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    units: Vec<String>,
    rooms: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Seen {
    id: PersonId,
}

#[derive(Debug, Deserialize)]
struct Pair {
    unit: String,
    room: String,
}

impl Places {
    /// Everywhere below one of these organisations, or in it.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`].
    pub async fn under(
        pool: &PgPool,
        tree: &Tree,
        organisations: &[OrganisationId],
    ) -> Result<Self, ViewError> {
        let mut places = Self::default();
        for pair in pairs(pool).await? {
            let placement = tree.place(&pair.unit, &pair.room);
            let home = placement.branch.or(placement.general_branch);
            let lies = |home: OrganisationId| organisations.iter().any(|above| tree.is_under(home, *above));
            // A room's branch may hang elsewhere than its unit's committee: both see the person.
            if home.is_some_and(lies) || placement.general_branch.is_some_and(lies) {
                places.units.push(pair.unit);
                places.rooms.push(pair.room);
            }
        }
        Ok(places)
    }

    /// Units, and the rooms beside them.
    pub(crate) fn into_columns(self) -> (Vec<String>, Vec<String>) {
        (self.units, self.rooms)
    }
}

impl Sight {
    /// What a scope of the domain means here; `viewer` is the person behind the actor.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`].
    pub async fn of(pool: &PgPool, scope: &Scope, viewer: Option<PersonId>) -> Result<Self, ViewError> {
        match scope {
            Scope::University => Ok(Self::Everybody),
            Scope::Organisations(organisations) => {
                let tree = organisations::tree(pool).await?;
                let places = Places::under(pool, &tree, organisations).await?;
                Ok(Self::Places { places, viewer })
            }
            Scope::OwnOnly => Ok(match viewer {
                Some(viewer) => Self::Own(viewer),
                // A machine accompanies nobody, so it sees nobody.
                None => Self::Places { places: Places::default(), viewer: None },
            }),
        }
    }

    /// The condition over `views.persons p` and `views.candidates c`; its four parameters begin at `$first`.
    pub(crate) fn condition(first: usize) -> String {
        let (units, rooms, viewer) = (first + 1, first + 2, first + 3);
        format!(
            "(${first}::boolean or c.liaison = ${viewer}::uuid \
             or (p.unit, p.room) in (select * from unnest(${units}::text[], ${rooms}::text[])))"
        )
    }

    /// Binds the parameters of [`Sight::condition`].
    pub(crate) fn bind<'q>(&self, question: Question<'q>) -> Question<'q> {
        let (everybody, places, viewer) = match self {
            Self::Everybody => (true, Places::default(), None),
            Self::Places { places, viewer } => (false, places.clone(), *viewer),
            Self::Own(viewer) => (false, Places::default(), Some(*viewer)),
        };
        question
            .flag(everybody)
            .texts(places.units)
            .texts(places.rooms)
            .maybe_id(viewer.map(|viewer| viewer.0))
    }
}

/// Whether somebody may see a person's records.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn sees(pool: &PgPool, sight: &Sight, person: PersonId) -> Result<bool, ViewError> {
    let select = wrap(&format!(
        "select p.id from views.persons p left join views.candidates c on c.id = p.id where p.id = $1 and {}",
        Sight::condition(2)
    ));
    let seen: Option<serde_json::Value> =
        sight.bind(Question::new("persons", &select).id(person.0)).one(pool).await?;
    Ok(seen.is_some())
}

/// Whose records of these people somebody may see.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn seen_of(
    pool: &PgPool,
    sight: &Sight,
    people: &[PersonId],
) -> Result<HashSet<PersonId>, ViewError> {
    let select = wrap(&format!(
        "select p.id from views.persons p left join views.candidates c on c.id = p.id \
         where p.id = any($1) and {} limit 1000",
        Sight::condition(2)
    ));
    let mut seen = HashSet::with_capacity(people.len());
    for chunk in people.chunks(1000) {
        let ids = chunk.iter().map(|person| person.0).collect();
        let found: Vec<Seen> = sight.bind(Question::new("persons", &select).ids(ids)).all(pool).await?;
        seen.extend(found.into_iter().map(|person| person.id));
    }
    Ok(seen)
}

/// The pairs that occur, each found by one step in the index on (unit, room).
async fn pairs(pool: &PgPool) -> Result<Vec<Pair>, ViewError> {
    let select = wrap(
        "with recursive pairs as ( \
             (select p.unit, p.room from views.persons p order by p.unit, p.room limit 1) \
             union all \
             select next.unit, next.room from pairs, lateral ( \
                 select p.unit, p.room from views.persons p where (p.unit, p.room) > (pairs.unit, pairs.room) \
                 order by p.unit, p.room limit 1) next \
         ) select unit, room from pairs limit $1",
    );
    Question::new("persons", &select).number(MOST_PAIRS).all(pool).await
}

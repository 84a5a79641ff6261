//! Leaders with nobody (意见三(四): each accompanies at least one or two): found by joining offices and assignments.

use std::collections::BTreeMap;

use jiff::civil::Date;
use peiyu_domain::duties::{DutyKind, duty_id};
use peiyu_domain::organisation::leaders::is_obliged;
use peiyu_domain::values::PersonId;
use serde::Deserialize;
use sqlx::PgPool;
use uuid::Uuid;

use crate::ask::{Question, wrap};
use crate::error::ViewError;
use crate::organisations::{self, Held};

/// Somebody obliged to accompany who accompanies nobody; an obligation of kind [`DutyKind::LeaderWithNobody`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaderWithNobody {
    /// Id of the obligation, found again as long as its cause is the same.
    pub id: Uuid,
    /// Who.
    pub person: PersonId,
    /// The day from which the term is reckoned: office taken, or last assignment ended.
    pub anchor: Date,
    /// The event that caused it.
    pub opened_by: Uuid,
    /// Civil day on which that was recorded.
    pub known_on: Date,
    /// Offices that oblige, on that day.
    pub offices: Vec<Held>,
}

#[derive(Debug, Deserialize)]
struct LastEnd {
    liaison: PersonId,
    to: Date,
    ended_by: Uuid,
    ended_recorded_on: Date,
}

/// Everybody obliged on that day who accompanies nobody on it, by person.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn with_nobody(pool: &PgPool, day: Date) -> Result<Vec<LeaderWithNobody>, ViewError> {
    among(pool, organisations::held_on(pool, day).await?, day).await
}

/// What that person neglects on that day, if anything; what it costs does not depend on how many there are.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn with_nobody_if(
    pool: &PgPool,
    person: PersonId,
    day: Date,
) -> Result<Option<LeaderWithNobody>, ViewError> {
    Ok(among(pool, organisations::held_by(pool, person, day).await?, day).await?.pop())
}

/// Those of the holders of these offices who are obliged on that day and accompany nobody on it, by person.
async fn among(pool: &PgPool, offices: Vec<Held>, day: Date) -> Result<Vec<LeaderWithNobody>, ViewError> {
    let mut obliged = BTreeMap::<PersonId, Vec<Held>>::new();
    for held in offices {
        if is_obliged(&held.office()) {
            obliged.entry(held.person).or_default().push(held);
        }
    }
    if obliged.is_empty() {
        return Ok(Vec::new());
    }
    for busy in accompanying(pool, obliged.keys().copied(), day).await? {
        obliged.remove(&busy);
    }
    let ends = last_ends(pool, obliged.keys().copied(), day).await?;
    Ok(obliged
        .into_iter()
        .filter_map(|(person, offices)| leader(person, offices, ends.get(&person)))
        .collect())
}

fn leader(person: PersonId, offices: Vec<Held>, end: Option<&LastEnd>) -> Option<LeaderWithNobody> {
    // Of several offices the one held longest obliges since longest.
    let first = offices.iter().min_by_key(|held| (held.from, held.event_id))?;
    let (anchor, opened_by, known_on) = match end {
        Some(end) if end.to >= first.from => (end.to, end.ended_by, end.ended_recorded_on),
        // An office older than our knowledge of it obliges from the day on which it became known: nobody is
        // overdue on the day on which a university's tree is imported.
        Some(_) | None => (first.from.max(first.recorded_on), first.event_id, first.recorded_on),
    };
    let id = duty_id(DutyKind::LeaderWithNobody, person, opened_by);
    Some(LeaderWithNobody { id, person, anchor, opened_by, known_on, offices })
}

async fn accompanying(
    pool: &PgPool,
    people: impl Iterator<Item = PersonId>,
    day: Date,
) -> Result<Vec<PersonId>, ViewError> {
    #[derive(Deserialize)]
    struct Busy {
        liaison: PersonId,
    }
    // On the last day of an assignment its liaison still accompanies.
    let select = wrap(
        "select l.id as liaison from unnest($2::uuid[]) l (id) where exists ( \
             select 1 from views.assignments a join views.candidates c on c.id = a.candidate \
             where a.liaison = l.id and c.in_pool and a.\"from\" <= $1 and (a.\"to\" is null or $1 <= a.\"to\"))",
    );
    let people = people.map(|person| person.0).collect();
    let busy: Vec<Busy> = Question::new("assignments", &select).day(day).ids(people).all(pool).await?;
    Ok(busy.into_iter().map(|busy| busy.liaison).collect())
}

async fn last_ends(
    pool: &PgPool,
    people: impl Iterator<Item = PersonId>,
    day: Date,
) -> Result<BTreeMap<PersonId, LastEnd>, ViewError> {
    let select = wrap(
        "select distinct on (a.liaison) a.liaison, a.\"to\", a.ended_by, a.ended_recorded_on from views.assignments a \
         where a.liaison = any($2) and a.\"to\" <= $1 and a.ended_by is not null \
         order by a.liaison, a.\"to\" desc, a.ended_by",
    );
    let people = people.map(|person| person.0).collect();
    let ends: Vec<LastEnd> = Question::new("assignments", &select).day(day).ids(people).all(pool).await?;
    Ok(ends.into_iter().map(|end| (end.liaison, end)).collect())
}

//! The numbers of a home page.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;

use crate::ask::{Question, wrap};
use crate::coverage::accompanied;
use crate::error::ViewError;
use crate::obligations::Cutoffs;
use crate::places::Sight;

/// Numbers over what the viewer sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// People in the pool.
    pub pool: i64,
    /// Those without a liaison.
    pub without_liaison: i64,
    /// Those with whom nobody ever talked.
    pub never_talked: i64,
    /// Those with an overdue obligation.
    pub overdue: i64,
    /// Talks held since a day.
    pub talks: i64,
    /// Training results since that day.
    pub trainings: i64,
}

/// The numbers on `day`; `overdue` from [`Cutoffs::overdue_on`], talks and trainings since `since`.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn of(
    pool: &PgPool,
    sight: &Sight,
    day: Date,
    overdue: &Cutoffs,
    since: Date,
) -> Result<Summary, ViewError> {
    let select = wrap(&format!(
        "with seen as materialized ( \
             select c.id, {} as accompanied, c.last_talk from views.candidates c join views.persons p on p.id = c.id \
             where c.in_pool and {} \
         ) select (select count(*) from seen) as pool, \
             (select count(*) from seen where not accompanied) as without_liaison, \
             (select count(*) from seen where last_talk is null) as never_talked, \
             (select count(distinct o.candidate) from views.obligations o join seen on seen.id = o.candidate where {}) as overdue, \
             (select count(*) from views.talks t join seen on seen.id = t.candidate where t.held_on >= $8) as talks, \
             (select count(*) from views.training_results r join seen on seen.id = r.candidate where r.\"on\" >= $8) as trainings",
        accompanied(9),
        Sight::condition(1),
        Cutoffs::condition(5)
    ));
    let question = sight
        .bind(Question::new("candidates", &select))
        .day(overdue.first_talk)
        .day(overdue.next_talk)
        .day(overdue.liaison_gap)
        .day(since)
        .day(day);
    Ok(question.one(pool).await?.unwrap_or_default())
}

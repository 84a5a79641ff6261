//! Asking for single candidates.

use peiyu_domain::values::PersonId;
use sqlx::PgPool;

use super::{Assignment, Candidate, Talk, TrainingResult};
use crate::ask::{Question, wrap};
use crate::error::ViewError;

/// These candidates, in no order; at most 1000.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn by_ids(pool: &PgPool, ids: &[PersonId]) -> Result<Vec<Candidate>, ViewError> {
    let select = wrap("select c.* from views.candidates c where c.id = any($1) limit 1000");
    Question::new("candidates", &select).ids(ids.iter().map(|id| id.0).collect()).all(pool).await
}

/// The people whom somebody accompanies now; at most 1000.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn of_liaison(pool: &PgPool, liaison: PersonId) -> Result<Vec<Candidate>, ViewError> {
    let select = wrap(
        "select c.* from views.candidates c where c.liaison = $1 and c.in_pool order by c.id limit 1000",
    );
    Question::new("candidates", &select).id(liaison.0).all(pool).await
}

/// Every assignment of one candidate, oldest first; at most 200.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn assignments_of(pool: &PgPool, candidate: PersonId) -> Result<Vec<Assignment>, ViewError> {
    let select =
        wrap("select a.* from views.assignments a where a.candidate = $1 order by a.number limit 200");
    Question::new("assignments", &select).id(candidate.0).all(pool).await
}

/// The latest talks of one candidate, by number, latest first; at most 200.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn talks_of(pool: &PgPool, candidate: PersonId) -> Result<Vec<Talk>, ViewError> {
    let select =
        wrap("select t.* from views.talks t where t.candidate = $1 order by t.number desc limit 200");
    Question::new("talks", &select).id(candidate.0).all(pool).await
}

/// The latest training results of one candidate; at most 200.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn trainings_of(pool: &PgPool, candidate: PersonId) -> Result<Vec<TrainingResult>, ViewError> {
    let select = wrap(
        "select r.* from views.training_results r where r.candidate = $1 order by r.\"on\" desc, r.class limit 200",
    );
    Question::new("training_results", &select).id(candidate.0).all(pool).await
}

//! Asking what is due.

use jiff::civil::Date;
use peiyu_domain::duties::{DutyKind, Timeline, latest_anchor_due_by};
use peiyu_domain::policy::Policy;
use peiyu_domain::values::PersonId;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use uuid::Uuid;

use super::{Line, Obligation};
use crate::ask::{Question, wrap};
use crate::error::ViewError;

/// Latest anchors of obligations that are due by some day under some policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cutoffs {
    /// Of first talks.
    pub first_talk: Date,
    /// Of next talks.
    pub next_talk: Date,
    /// Of gaps.
    pub liaison_gap: Date,
}

/// Behind which obligation a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct After {
    /// Anchor of the last one seen.
    pub anchor: Date,
    /// Its id.
    pub id: Uuid,
}

impl Cutoffs {
    /// What is due on or before that day.
    #[must_use]
    pub fn due_by(day: Date, policy: &Policy) -> Self {
        Self {
            first_talk: latest_anchor_due_by(DutyKind::FirstTalk, day, policy),
            next_talk: latest_anchor_due_by(DutyKind::NextTalk, day, policy),
            liaison_gap: latest_anchor_due_by(DutyKind::LiaisonGap, day, policy),
        }
    }

    /// What is past due on that day.
    #[must_use]
    pub fn overdue_on(day: Date, policy: &Policy) -> Self {
        Self::due_by(day.yesterday().unwrap_or(day), policy)
    }

    /// The condition over `views.obligations o`, with the three days as parameters from `$first` on.
    pub(crate) fn condition(first: usize) -> String {
        let (second, third) = (first + 1, first + 2);
        format!(
            "o.closed_by is null and ((o.kind = 'first_talk' and o.anchor <= ${first}) \
             or (o.kind = 'next_talk' and o.anchor <= ${second}) or (o.kind = 'liaison_gap' and o.anchor <= ${third}))"
        )
    }
}

/// Open obligations of the people whom somebody accompanies, oldest anchor first; at most 1000.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn for_liaison(pool: &PgPool, liaison: PersonId) -> Result<Vec<Obligation>, ViewError> {
    let select = wrap(
        "select o.* from views.obligations o where o.liaison = $1 and o.closed_by is null \
         order by o.anchor, o.id limit 1000",
    );
    Question::new("obligations", &select).id(liaison.0).all(pool).await
}

/// Open obligations that are due by the cutoffs, by anchor and id, behind a cursor; at most `limit` (and 1000).
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn open_due_by(
    pool: &PgPool,
    cutoffs: &Cutoffs,
    after: Option<After>,
    limit: i64,
) -> Result<Vec<Obligation>, ViewError> {
    let select = wrap(&format!(
        "select o.* from views.obligations o where {} and ($4::date is null or (o.anchor, o.id) > ($4, $5)) \
         order by o.anchor, o.id limit $6",
        Cutoffs::condition(1)
    ));
    Question::new("obligations", &select)
        .day(cutoffs.first_talk)
        .day(cutoffs.next_talk)
        .day(cutoffs.liaison_gap)
        .maybe_day(after.map(|after| after.anchor))
        .maybe_id(after.map(|after| after.id))
        .number(limit.clamp(1, 1000))
        .all(pool)
        .await
}

/// Obligations of one candidate, open and closed, latest first; at most 200.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn of_candidate(pool: &PgPool, candidate: PersonId) -> Result<Vec<Obligation>, ViewError> {
    let select = wrap(
        "select o.* from views.obligations o where o.candidate = $1 order by o.position desc, o.id limit 200",
    );
    Question::new("obligations", &select).id(candidate.0).all(pool).await
}

/// Obligations by id, in no order; at most 1000.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn by_ids(pool: &PgPool, ids: &[Uuid]) -> Result<Vec<Obligation>, ViewError> {
    let select = wrap("select o.* from views.obligations o where o.id = any($1) limit 1000");
    Question::new("obligations", &select).ids(ids.to_vec()).all(pool).await
}

/// One candidate's timeline, for explanations.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn timeline_of(pool: &PgPool, candidate: PersonId) -> Result<Option<Timeline>, ViewError> {
    let select = wrap("select t.* from views.timelines t where t.candidate = $1");
    let line: Option<Line> = Question::new("timelines", &select).id(candidate.0).one(pool).await?;
    Ok(line.map(|line| line.timeline))
}

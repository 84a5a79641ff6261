//! Asking what was sent, and why.

use jiff::Timestamp;
use jiff::civil::Date;
use peiyu_domain::duties::{DutyKind, Rung};
use peiyu_domain::reminder::ReminderFailure;
use peiyu_domain::values::{PersonId, ReminderId};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use uuid::Uuid;

use super::{Reminder, ReminderName, Stage};
use crate::ask::{MAX_ROWS, Question, wrap};
use crate::error::ViewError;
use crate::places::Sight;

/// A rung of an obligation that was named to somebody before.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
pub struct Already {
    /// The obligation.
    pub obligation: Uuid,
    /// The rung.
    pub rung: Rung,
    /// To whom.
    pub addressee: PersonId,
    /// The digest.
    pub reminder: ReminderId,
    /// Its day.
    pub day: Date,
}

/// Which digests to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// First day.
    pub from: Option<Date>,
    /// Last day.
    pub to: Option<Date>,
    /// To whom.
    pub addressee: Option<PersonId>,
    /// How far they have come.
    pub stage: Option<Stage>,
    /// Behind which digest the page begins: its day and id.
    pub after: Option<(Date, ReminderId)>,
}

/// One digest that named an obligation, with how it went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explained {
    /// The digest.
    pub reminder: ReminderId,
    /// Rung for which it was named.
    pub rung: Rung,
    /// Kind of the obligation.
    pub kind: DutyKind,
    /// Whom the obligation concerns.
    pub about: PersonId,
    /// When it was due, as reckoned then.
    pub due_on: Date,
    /// To whom.
    pub addressee: PersonId,
    /// Day of the digest.
    pub day: Date,
    /// `mail`.
    pub channel: String,
    /// How far it has come.
    pub stage: Stage,
    /// How often it was claimed.
    pub attempts: u32,
    /// When it was sent or failed last.
    pub ended_at: Option<Timestamp>,
    /// The provider's receipt.
    pub receipt: Option<String>,
    /// Whether it may have gone out twice.
    pub possible_double: bool,
    /// Why it failed last.
    pub failure: Option<ReminderFailure>,
}

/// Which rungs of these obligations were named to whom; at most 10,000.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn already_named(pool: &PgPool, obligations: &[Uuid]) -> Result<Vec<Already>, ViewError> {
    let select = wrap(
        "select n.obligation, n.rung, n.addressee, n.reminder, n.day from views.reminder_names n \
         where n.obligation = any($1) limit 10000",
    );
    Question::new("reminder_names", &select).ids(obligations.to_vec()).all(pool).await
}

/// Digests to people whom the viewer sees, latest day first; at most `limit` (and 200).
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn list(
    pool: &PgPool,
    filter: &Filter,
    sight: &Sight,
    limit: i64,
) -> Result<Vec<Reminder>, ViewError> {
    let select = wrap(&format!(
        "select r.* from views.reminders r left join views.persons p on p.id = r.addressee \
         left join views.candidates c on c.id = r.addressee where {} and ($1::date is null or r.day >= $1) and ($2::date is null or r.day <= $2) \
         and ($3::uuid is null or r.addressee = $3) and ($4::date is null or (r.day, r.id) < ($4, $5)) \
         and ($11::text is null or r.stage = $11) order by r.day desc, r.id desc limit $10",
        Sight::condition(6),
    ));
    let question = Question::new("reminders", &select)
        .maybe_day(filter.from)
        .maybe_day(filter.to)
        .maybe_id(filter.addressee.map(|person| person.0))
        .maybe_day(filter.after.map(|(day, _)| day))
        .maybe_id(filter.after.map(|(_, id)| id.0));
    let stage = filter.stage.map(|stage| stage.as_str().to_owned());
    sight.bind(question).number(limit.clamp(1, MAX_ROWS)).maybe_text(stage).all(pool).await
}

/// Digests by id, in no order; at most 1000.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn by_ids(pool: &PgPool, ids: &[ReminderId]) -> Result<Vec<Reminder>, ViewError> {
    let select = wrap("select r.* from views.reminders r where r.id = any($1) limit 1000");
    Question::new("reminders", &select).ids(ids.iter().map(|id| id.0).collect()).all(pool).await
}

/// Digests that were claimed before an instant and never ended, oldest first; at most `limit` (and 200).
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn unfinished(
    pool: &PgPool,
    claimed_before: Timestamp,
    limit: i64,
) -> Result<Vec<Reminder>, ViewError> {
    let select = wrap(
        "select r.* from views.reminders r where r.stage = 'claimed' and r.claimed_at < $1::timestamptz \
         order by r.claimed_at, r.id limit $2",
    );
    Question::new("reminders", &select)
        .instant(claimed_before)
        .number(limit.clamp(1, MAX_ROWS))
        .all(pool)
        .await
}

/// When a digest was last claimed; none before the first.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn last_claimed_at(pool: &PgPool) -> Result<Option<Timestamp>, ViewError> {
    let last: Option<jiff_sqlx::Timestamp> =
        sqlx::query_scalar("select max(claimed_at) from views.reminders").fetch_one(pool).await?;
    Ok(last.map(jiff_sqlx::Timestamp::to_jiff))
}

/// What a digest named; at most 1000.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn names_of(pool: &PgPool, reminder: ReminderId) -> Result<Vec<ReminderName>, ViewError> {
    let select = wrap(
        "select n.* from views.reminder_names n where n.reminder = $1 order by n.due_on, n.obligation, n.rung limit 1000",
    );
    Question::new("reminder_names", &select).id(reminder.0).all(pool).await
}

/// Every digest that named an obligation, oldest first, with how it went; at most 200.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn explain(pool: &PgPool, obligation: Uuid) -> Result<Vec<Explained>, ViewError> {
    let select = wrap(
        "select n.reminder, n.rung, n.kind, n.about, n.due_on, n.addressee, n.day, r.channel, r.stage, r.attempts, \
         r.ended_at, r.receipt, r.possible_double, r.failure \
         from views.reminder_names n join views.reminders r on r.id = n.reminder \
         where n.obligation = $1 order by n.day, n.rung, n.reminder limit 200",
    );
    Question::new("reminder_names", &select).id(obligation).all(pool).await
}

//! Who takes part in a class, with the names that the reader may see.

use jiff::civil::Date;
use peiyu_domain::values::{ClassId, Outcome, PersonId};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;

use crate::ask::{MAX_ROWS, Question, wrap};
use crate::error::ViewError;
use crate::places::Sight;

/// One participant, with their result when there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendant {
    /// Who.
    pub person: PersonId,
    /// Name.
    pub name: String,
    /// 工号.
    pub staff_number: String,
    /// 所在单位.
    pub unit: String,
    /// Day of completion.
    pub completed_on: Option<Date>,
    /// Tenths of an hour attended.
    pub hours_tenths: Option<u32>,
    /// Result.
    pub outcome: Option<Outcome>,
}

/// Participants of a class whom the reader may see, by person, behind a person; at most `limit` (and 200).
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn of_class(
    pool: &PgPool,
    class: ClassId,
    sight: &Sight,
    after: Option<PersonId>,
    limit: i64,
) -> Result<Vec<Attendant>, ViewError> {
    let select = wrap(&format!(
        "select t.person, p.name, p.staff_number, p.unit, t.completed_on, t.hours_tenths, t.outcome \
         from views.training_participants t join views.persons p on p.id = t.person \
         left join views.candidates c on c.id = t.person \
         where t.class = $1 and ($2::uuid is null or t.person > $2) and {} order by t.person limit $7",
        Sight::condition(3)
    ));
    let question =
        Question::new("training_participants", &select).id(class.0).maybe_id(after.map(|person| person.0));
    sight.bind(question).number(limit.clamp(1, MAX_ROWS)).all(pool).await
}

//! Asking for people.

use peiyu_domain::values::PersonId;
use serde::Deserialize;
use sqlx::PgPool;

use super::Person;
use crate::ask::{MAX_ROWS, Question, wrap};
use crate::error::ViewError;
use crate::places::Sight;

/// Where somebody gets mail.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Address {
    /// Who.
    pub id: PersonId,
    /// 姓名.
    pub name: String,
    /// 电子邮箱; empty when there is none.
    pub email: String,
}

/// People whose name contains, or whose pinyin, initials or staff number begin with the text, as far as the viewer
/// sees them; everybody sees `oneself`. At most `limit`.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn search(
    pool: &PgPool,
    text: &str,
    sight: &Sight,
    oneself: Option<PersonId>,
    limit: i64,
) -> Result<Vec<Person>, ViewError> {
    let select = wrap(&format!(
        "select p.* from views.persons p left join views.candidates c on c.id = p.id \
         where not p.erased and {} and (p.id = $2 or {}) order by p.sort_key, p.id limit $7",
        matching("$1"),
        Sight::condition(3)
    ));
    let question =
        Question::new("persons", &select).text(like(text)).maybe_id(oneself.map(|person| person.0));
    sight.bind(question).number(limit.clamp(1, MAX_ROWS)).all(pool).await
}

/// These people, in no order; unknown ids are left out. At most 1000 ids are looked at.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn by_ids(pool: &PgPool, ids: &[PersonId]) -> Result<Vec<Person>, ViewError> {
    let select = wrap("select p.* from views.persons p where p.id = any($1) limit 1000");
    Question::new("persons", &select).ids(ids.iter().map(|id| id.0).collect()).all(pool).await
}

/// People of these staff numbers, in no order; at most 1000.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn by_staff_numbers(pool: &PgPool, numbers: &[String]) -> Result<Vec<Person>, ViewError> {
    let select = wrap(
        "select p.* from views.persons p where p.staff_number = any($1) and p.staff_number <> '' limit 1000",
    );
    Question::new("persons", &select).texts(numbers.to_vec()).all(pool).await
}

/// Names and mail addresses of these people; at most 1000.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn addresses(pool: &PgPool, ids: &[PersonId]) -> Result<Vec<Address>, ViewError> {
    let select = wrap("select p.id, p.name, p.email from views.persons p where p.id = any($1) limit 1000");
    Question::new("persons", &select).ids(ids.iter().map(|id| id.0).collect()).all(pool).await
}

/// The condition of a search over `views.persons p`, where the parameter was made by [`like`].
pub(crate) fn matching(parameter: &str) -> String {
    format!(
        "(p.name like '%' || {parameter} || '%' or p.pinyin like lower({parameter}) || '%' \
          or p.initials like lower({parameter}) || '%' or p.staff_number like {parameter} || '%')"
    )
}

/// The text as a literal part of a `like` pattern, without blanks.
pub(crate) fn like(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars().filter(|c| !c.is_whitespace()).take(64) {
        if matches!(character, '\\' | '%' | '_') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

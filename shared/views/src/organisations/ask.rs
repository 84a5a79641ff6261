//! Asking for the tree and for offices.

use jiff::civil::Date;
use peiyu_domain::organisation::HeldOffice;
use peiyu_domain::organisation::placement::Tree;
use peiyu_domain::values::{OfficeKind, OrganisationId, OrganisationKind, PersonId};
use serde::Deserialize;
use sqlx::PgPool;
use uuid::Uuid;

use super::Organisation;
use crate::ask::{Question, wrap};
use crate::error::ViewError;

/// Most organisations of one university.
const MOST: i64 = 20_000;

/// An office as it is held on some day.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Held {
    /// Who.
    pub person: PersonId,
    /// Where.
    pub organisation: OrganisationId,
    /// 组织名称.
    pub organisation_name: String,
    /// Kind of that organisation.
    pub organisation_kind: OrganisationKind,
    /// Whether that organisation has no parent.
    pub is_university: bool,
    /// Kind of office.
    pub office: OfficeKind,
    /// 职务 as written.
    pub title: String,
    /// First day.
    pub from: Date,
    /// First day on which it is no longer held.
    pub until: Option<Date>,
    /// The event by which it was taken.
    pub event_id: Uuid,
    /// Civil day on which that was recorded.
    pub recorded_on: Date,
}

impl Held {
    /// As decisions and rights want it.
    #[must_use]
    pub fn office(&self) -> HeldOffice {
        HeldOffice {
            organisation: self.organisation,
            organisation_kind: self.organisation_kind,
            is_university: self.is_university,
            office: self.office,
        }
    }
}

/// Every organisation, by 组织编号.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn all(pool: &PgPool) -> Result<Vec<Organisation>, ViewError> {
    let select = wrap("select o.* from views.organisations o order by o.number limit $1");
    Question::new("organisations", &select).number(MOST).all(pool).await
}

/// The university's own committee: the one without a parent.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn university(pool: &PgPool) -> Result<Option<Organisation>, ViewError> {
    let select =
        wrap("select o.* from views.organisations o where o.parent is null order by o.number limit 1");
    Ok(Question::new("organisations", &select).all(pool).await?.pop())
}

/// The tree, ready to be asked where somebody belongs.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn tree(pool: &PgPool) -> Result<Tree, ViewError> {
    let organisations = all(pool).await?;
    Ok(Tree::new(organisations.iter().filter_map(|one| Some((one.id, one.profile()?)))))
}

const HELD: &str = "select f.person, f.organisation, o.name as organisation_name, o.kind as organisation_kind, \
     o.parent is null as is_university, f.office, f.title, f.\"from\", f.until, f.event_id, f.recorded_on \
     from views.offices f join views.organisations o on o.id = f.organisation";

/// Every office held on that day.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn held_on(pool: &PgPool, day: Date) -> Result<Vec<Held>, ViewError> {
    let select = wrap(&format!(
        "{HELD} where f.\"from\" <= $1 and (f.until is null or $1 < f.until) order by o.number, f.\"from\", f.event_id \
         limit $2"
    ));
    Question::new("offices", &select).day(day).number(MOST * 10).all(pool).await
}

/// The offices that one person holds on that day.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn held_by(pool: &PgPool, person: PersonId, day: Date) -> Result<Vec<Held>, ViewError> {
    let select = wrap(&format!(
        "{HELD} where f.person = $2 and f.\"from\" <= $1 and (f.until is null or $1 < f.until) \
         order by o.number, f.event_id limit 100"
    ));
    Question::new("offices", &select).day(day).id(person.0).all(pool).await
}

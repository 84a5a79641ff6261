//! Whom the ladder of reminders goes up to, for each candidate (or leader): from unit and room to offices held.

use std::collections::BTreeMap;

use jiff::civil::Date;
use peiyu_domain::organisation::placement::Placement;
use peiyu_domain::values::{OfficeKind, OrganisationId, PersonId};
use serde::Deserialize;
use sqlx::PgPool;

use crate::ask::{Question, wrap};
use crate::error::ViewError;
use crate::organisations::{self, Held};

/// Most people of one question.
pub const MOST: usize = 1000;

/// Who stands on each rung. Several people may hold an office together; empty where nobody does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addressees {
    /// Where the person belongs.
    pub placement: Placement,
    /// Whoever accompanies them now.
    pub liaison: Option<PersonId>,
    /// 教师党支部书记.
    pub branch_secretaries: Vec<PersonId>,
    /// 党委书记 or 党总支书记 of the unit.
    pub general_branch_secretaries: Vec<PersonId>,
    /// 组织部部长 and officers, heads first.
    pub organisation_department: Vec<PersonId>,
}

#[derive(Debug, Deserialize)]
struct Place {
    id: PersonId,
    unit: String,
    room: String,
    liaison: Option<PersonId>,
}

/// For each of these people, who stands on each rung on that day; the first [`MOST`] are looked at.
/// Where the offices held on the day are asked for, it is that day; where people belong, it is now.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn of(
    pool: &PgPool,
    people: &[PersonId],
    day: Date,
) -> Result<BTreeMap<PersonId, Addressees>, ViewError> {
    let tree = organisations::tree(pool).await?;
    let offices = organisations::held_on(pool, day).await?;
    let select = wrap(
        "select p.id, p.unit, p.room, c.liaison from views.persons p left join views.candidates c on c.id = p.id \
         where p.id = any($1)",
    );
    let ids = people.iter().take(MOST).map(|person| person.0).collect();
    let places: Vec<Place> = Question::new("persons", &select).ids(ids).all(pool).await?;
    let department = department(&offices, tree.department());
    let found = places.into_iter().map(|place| {
        let placement = tree.place(&place.unit, &place.room);
        let rungs = Addressees {
            placement,
            liaison: place.liaison,
            branch_secretaries: holders(
                &offices,
                placement.branch,
                &[OfficeKind::BranchSecretary, OfficeKind::Secretary],
            ),
            general_branch_secretaries: holders(&offices, placement.general_branch, &[OfficeKind::Secretary]),
            organisation_department: department.clone(),
        };
        (place.id, rungs)
    });
    Ok(found.collect())
}

fn department(offices: &[Held], department: Option<OrganisationId>) -> Vec<PersonId> {
    let mut people = holders(offices, department, &[OfficeKind::DepartmentHead]);
    for officer in holders(offices, department, &[OfficeKind::DepartmentOfficer]) {
        if !people.contains(&officer) {
            people.push(officer);
        }
    }
    people
}

fn holders(offices: &[Held], organisation: Option<OrganisationId>, kinds: &[OfficeKind]) -> Vec<PersonId> {
    let mut people = Vec::new();
    for held in offices {
        let fits = Some(held.organisation) == organisation && kinds.contains(&held.office);
        if fits && !people.contains(&held.person) {
            people.push(held.person);
        }
    }
    people
}

//! The tree of organisations, and their offices with holders and terms.

mod ask;

use jiff::civil::Date;
use peiyu_domain::AnyEvent;
use peiyu_domain::organisation::{OrganisationEvent, Profile};
use peiyu_domain::values::{OfficeKind, OrganisationId, OrganisationKind, PersonId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use ask::{Held, all, held_by, held_on, tree, university};

use crate::applied::Applied;
use crate::error::Fault;
use crate::table::{Row, Table};
use crate::view::{Definition, page};

pub(crate) static DEFINITION: Definition = Definition {
    name: "organisations",
    version: 1,
    aggregates: &["organisation"],
    tables: &[&ORGANISATIONS, &OFFICES],
};

static ORGANISATIONS: Table = Table {
    name: "organisations",
    owner: "id",
    key: &["id"],
    columns: &[
        ("id", "uuid not null"),
        ("version", "bigint not null"),
        ("number", "text collate \"C\" not null"),
        ("name", "text not null"),
        ("kind", "text not null"),
        ("parent", "uuid"),
        ("unit", "text"),
        ("room", "text"),
        ("founded_on", "date"),
    ],
    indexes: &["(number)", "(parent)"],
};

static OFFICES: Table = Table {
    name: "offices",
    owner: "organisation",
    key: &["event_id"],
    columns: &[
        ("event_id", "uuid not null"),
        ("organisation", "uuid not null"),
        ("person", "uuid not null"),
        ("office", "text not null"),
        ("title", "text not null"),
        ("from", "date not null"),
        ("until", "date"),
        ("recorded_on", "date not null"),
        ("ended_by", "uuid"),
        ("ended_recorded_on", "date"),
    ],
    indexes: &["(person)"],
};

/// One organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// Id.
    pub id: OrganisationId,
    /// Version of the aggregate.
    pub version: i64,
    /// 组织编号.
    pub number: String,
    /// 组织名称.
    pub name: String,
    /// Kind.
    pub kind: OrganisationKind,
    /// The organisation above.
    pub parent: Option<OrganisationId>,
    /// 对应单位.
    pub unit: Option<String>,
    /// 对应教研室.
    pub room: Option<String>,
    /// 成立时间.
    pub founded_on: Option<Date>,
}

/// One term of an office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Office {
    /// The event by which it was taken.
    pub event_id: Uuid,
    /// Where.
    pub organisation: OrganisationId,
    /// Who.
    pub person: PersonId,
    /// Kind.
    pub office: OfficeKind,
    /// 职务 as written.
    pub title: String,
    /// First day.
    pub from: Date,
    /// First day on which it is no longer held.
    pub until: Option<Date>,
    /// Civil day on which it was recorded.
    pub recorded_on: Date,
    /// The event that ended it, when another one did.
    pub ended_by: Option<Uuid>,
    /// Civil day on which its end was recorded.
    pub ended_recorded_on: Option<Date>,
}

impl Row for Organisation {
    const TABLE: &'static Table = &ORGANISATIONS;
    type Key = OrganisationId;

    fn key(&self) -> OrganisationId {
        self.id
    }
}

impl Row for Office {
    const TABLE: &'static Table = &OFFICES;
    type Key = Uuid;

    fn key(&self) -> Uuid {
        self.event_id
    }
}

page!(organisations: Organisation, offices: Office);

fn fold(page: &mut Page, event: &AnyEvent, applied: &Applied) -> Result<(), Fault> {
    let AnyEvent::Organisation(event) = event else { return Ok(()) };
    let id = OrganisationId(applied.aggregate_id);
    match event {
        OrganisationEvent::OrganisationRegistered { profile, .. }
        | OrganisationEvent::OrganisationChanged { profile, .. } => {
            page.organisations.put(organisation(id, profile, applied.sequence));
        }
        OrganisationEvent::OfficeTaken { person, office, title, from, until } => {
            page.offices.put(Office {
                event_id: applied.metadata.event_id,
                organisation: id,
                person: *person,
                office: *office,
                title: title.as_str().to_owned(),
                from: *from,
                until: *until,
                recorded_on: applied.recorded_on(),
                ended_by: None,
                ended_recorded_on: None,
            });
        }
        OrganisationEvent::OfficeEnded { person, office, title, from, until } => {
            let same = |held: &&Office| {
                held.organisation == id
                    && held.person == *person
                    && held.office == *office
                    && held.title == title.as_str()
                    && held.from == *from
            };
            let taken = page.offices.iter().find(same).map(|held| held.event_id);
            let taken = taken.ok_or_else(|| Fault::new("out_of_order"))?;
            if let Some(held) = page.offices.edit(&taken) {
                held.until = Some(*until);
                held.ended_by = Some(applied.metadata.event_id);
                held.ended_recorded_on = Some(applied.recorded_on());
            }
        }
    }
    if let Some(organisation) = page.organisations.edit(&id) {
        organisation.version = applied.sequence;
    }
    Ok(())
}

fn organisation(id: OrganisationId, profile: &Profile, version: i64) -> Organisation {
    Organisation {
        id,
        version,
        number: profile.number.as_str().to_owned(),
        name: profile.name.as_str().to_owned(),
        kind: profile.kind,
        parent: profile.parent,
        unit: profile.unit.as_ref().map(|unit| unit.as_str().to_owned()),
        room: profile.room.as_ref().map(|room| room.as_str().to_owned()),
        founded_on: profile.founded_on,
    }
}

impl Organisation {
    /// As the domain's tree wants it; none when a text is no longer of its form.
    pub(crate) fn profile(&self) -> Option<Profile> {
        use peiyu_domain::values::Text;
        Some(Profile {
            number: Text::new(&self.number).ok()?,
            name: Text::new(&self.name).ok()?,
            kind: self.kind,
            parent: self.parent,
            unit: self.unit.as_deref().and_then(|unit| Text::new(unit).ok()),
            room: self.room.as_deref().and_then(|room| Text::new(room).ok()),
            founded_on: self.founded_on,
        })
    }
}

//! What is so now about an organisation.

use jiff::civil::Date;

use super::{HeldOffice, OrganisationEvent, OrganisationRefusal, Profile};
use crate::decider::Aggregate;
use crate::values::{OfficeKind, OrganisationId, PersonId, Text};

/// An office with holder and term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Office {
    /// Who.
    pub person: PersonId,
    /// Kind.
    pub office: OfficeKind,
    /// 职务 as written.
    pub title: Text<60>,
    /// First day.
    pub from: Date,
    /// First day on which it is no longer held.
    pub until: Option<Date>,
}

impl Office {
    /// Whether it is held on that day; on `until` it no longer is.
    #[must_use]
    pub fn is_held_on(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }
}

/// Place in the tree, kind and offices.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Organisation {
    profile: Option<Profile>,
    offices: Vec<Office>,
}

impl Organisation {
    /// What is known; none before it was registered.
    #[must_use]
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }

    /// Every office with its term, past ones included.
    #[must_use]
    pub fn offices(&self) -> &[Office] {
        &self.offices
    }

    /// An office of this organisation as somebody holds it.
    #[must_use]
    pub fn held(&self, id: OrganisationId, office: &Office) -> Option<HeldOffice> {
        self.profile.as_ref().map(|profile| HeldOffice {
            organisation: id,
            organisation_kind: profile.kind,
            is_university: profile.parent.is_none(),
            office: office.office,
        })
    }

    /// The term of that person, office and title which began then, or any that is open.
    #[must_use]
    pub fn term(&self, person: PersonId, office: OfficeKind, title: &Text<60>) -> Option<&Office> {
        self.offices
            .iter()
            .rfind(|held| held.person == person && held.office == office && held.title == *title)
    }
}

impl Aggregate for Organisation {
    const TYPE: &'static str = "organisation";
    type Event = OrganisationEvent;
    type Refusal = OrganisationRefusal;

    fn evolve(&mut self, event: &OrganisationEvent) {
        match event {
            OrganisationEvent::OrganisationRegistered { profile, .. }
            | OrganisationEvent::OrganisationChanged { profile, .. } => self.profile = Some(profile.clone()),
            OrganisationEvent::OfficeTaken { person, office, title, from, until } => {
                self.offices.push(Office {
                    person: *person,
                    office: *office,
                    title: title.clone(),
                    from: *from,
                    until: *until,
                });
            }
            OrganisationEvent::OfficeEnded { person, office, title, from, until } => {
                let ended = self.offices.iter_mut().find(|held| {
                    held.person == *person
                        && held.office == *office
                        && held.title == *title
                        && held.from == *from
                });
                if let Some(held) = ended {
                    held.until = Some(*until);
                }
            }
        }
    }
}

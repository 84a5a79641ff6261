//! 任职: somebody takes an office of the organisation, or its term becomes known.

use jiff::civil::Date;

use crate::context::Context;
use crate::decider::{Decide, require};
use crate::organisation::{Organisation, OrganisationEvent, OrganisationRefusal};
use crate::values::{OfficeKind, PersonId, Text};

/// Take in one row of offices.
#[derive(Debug, Clone)]
pub struct TakeOffice {
    /// Who.
    pub person: PersonId,
    /// Kind.
    pub office: OfficeKind,
    /// 职务 as written.
    pub title: Text<60>,
    /// 任职时间.
    pub from: Date,
    /// 免职时间: on that day it is no longer held.
    pub until: Option<Date>,
}

impl Decide<TakeOffice> for Organisation {
    type Facts = ();

    fn decide(
        &self,
        command: TakeOffice,
        (): &(),
        _: &Context<'_>,
    ) -> Result<Vec<OrganisationEvent>, OrganisationRefusal> {
        require(self.profile().is_some(), OrganisationRefusal::Unknown)?;
        if let Some(until) = command.until {
            let in_order = command.from <= until;
            require(in_order, OrganisationRefusal::TermReversed { from: command.from, until })?;
        }
        let TakeOffice { person, office, title, from, until } = command;
        let known = self.term(person, office, &title).filter(|term| term.from == from);
        Ok(match (known, until) {
            (Some(term), until) if term.until == until => Vec::new(),
            (Some(_), Some(until)) => {
                vec![OrganisationEvent::OfficeEnded { person, office, title, from, until }]
            }
            // The workbook no longer names an end that is on record: the record stays.
            (Some(_), None) => Vec::new(),
            (None, until) => vec![OrganisationEvent::OfficeTaken { person, office, title, from, until }],
        })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::organisation::Profile;
    use crate::testing::{date, given, person, text};
    use crate::values::OrganisationKind;

    fn registered() -> OrganisationEvent {
        OrganisationEvent::OrganisationRegistered {
            profile: Profile {
                number: text("00100201"),
                name: text("支部"),
                kind: OrganisationKind::Branch,
                parent: Some(crate::values::OrganisationId(Uuid::from_u128(9))),
                unit: None,
                room: None,
                founded_on: None,
            },
            import: None,
        }
    }

    fn take(from: &str, until: Option<&str>) -> TakeOffice {
        TakeOffice {
            person: person(2),
            office: OfficeKind::BranchSecretary,
            title: text("教师党支部书记"),
            from: date(from),
            until: until.map(date),
        }
    }

    #[test]
    fn the_same_office_again_changes_nothing() {
        let first = given::<Organisation>([registered()]).when(take("2023-04-01", None), ()).events();
        given::<Organisation>([registered(), first[0].clone()]).when(take("2023-04-01", None), ()).nothing();
    }

    #[test]
    fn an_end_that_becomes_known_ends_the_office() {
        let first = given::<Organisation>([registered()]).when(take("2023-04-01", None), ()).events();
        let second = given::<Organisation>([registered(), first[0].clone()])
            .when(take("2023-04-01", Some("2026-01-01")), ())
            .events();
        assert!(matches!(second[0], OrganisationEvent::OfficeEnded { .. }));
    }

    #[test]
    fn a_term_that_ends_before_it_begins_is_refused() {
        given::<Organisation>([registered()]).when(take("2023-04-01", Some("2023-03-01")), ()).refused(
            &OrganisationRefusal::TermReversed { from: date("2023-04-01"), until: date("2023-03-01") },
        );
    }
}

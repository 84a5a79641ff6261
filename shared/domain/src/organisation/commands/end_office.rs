//! 免职: an office ends.

use jiff::civil::Date;

use crate::context::Context;
use crate::decider::{Decide, require};
use crate::organisation::{Organisation, OrganisationEvent, OrganisationRefusal};
use crate::values::{OfficeKind, PersonId};

/// End whatever open term the person has of that kind.
#[derive(Debug, Clone, Copy)]
pub struct EndOffice {
    /// Who.
    pub person: PersonId,
    /// Kind.
    pub office: OfficeKind,
    /// First day on which it is no longer held.
    pub until: Date,
}

impl Decide<EndOffice> for Organisation {
    type Facts = ();

    fn decide(
        &self,
        command: EndOffice,
        (): &(),
        _: &Context<'_>,
    ) -> Result<Vec<OrganisationEvent>, OrganisationRefusal> {
        let held = self
            .offices()
            .iter()
            .rfind(|held| held.person == command.person && held.office == command.office)
            .ok_or(OrganisationRefusal::OfficeNotHeld)?;
        if held.until == Some(command.until) {
            return Ok(Vec::new());
        }
        require(held.until.is_none(), OrganisationRefusal::OfficeNotHeld)?;
        let in_order = held.from <= command.until;
        require(in_order, OrganisationRefusal::TermReversed { from: held.from, until: command.until })?;
        Ok(vec![OrganisationEvent::OfficeEnded {
            person: held.person,
            office: held.office,
            title: held.title.clone(),
            from: held.from,
            until: command.until,
        }])
    }
}

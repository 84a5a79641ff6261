//! 登记党组织: an organisation appears in the tree, or is something else than before.

use crate::context::Context;
use crate::decider::{Decide, require};
use crate::organisation::{Organisation, OrganisationEvent, OrganisationRefusal, Profile};
use crate::values::{ImportId, OrganisationId};

/// Take in what the workbook says of one organisation.
#[derive(Debug, Clone)]
pub struct RegisterOrganisation {
    /// Which.
    pub organisation: OrganisationId,
    /// What is known.
    pub profile: Profile,
    /// The run.
    pub import: Option<ImportId>,
}

impl Decide<RegisterOrganisation> for Organisation {
    type Facts = ();

    fn decide(
        &self,
        command: RegisterOrganisation,
        (): &(),
        _: &Context<'_>,
    ) -> Result<Vec<OrganisationEvent>, OrganisationRefusal> {
        let RegisterOrganisation { organisation, profile, import } = command;
        require(profile.parent != Some(organisation), OrganisationRefusal::ParentIsItself)?;
        Ok(match self.profile() {
            None => vec![OrganisationEvent::OrganisationRegistered { profile, import }],
            Some(known) if *known == profile => Vec::new(),
            Some(_) => vec![OrganisationEvent::OrganisationChanged { profile, import }],
        })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::testing::{given, text};
    use crate::values::OrganisationKind;

    fn register(name: &str, parent: Option<u128>) -> RegisterOrganisation {
        RegisterOrganisation {
            organisation: OrganisationId(Uuid::from_u128(1)),
            profile: Profile {
                number: text("001002"),
                name: text(name),
                kind: OrganisationKind::GeneralBranch,
                parent: parent.map(|number| OrganisationId(Uuid::from_u128(number))),
                unit: None,
                room: None,
                founded_on: None,
            },
            import: None,
        }
    }

    #[test]
    fn the_same_row_again_changes_nothing() {
        let first = given::<Organisation>([]).when(register("党总支", Some(9)), ()).events();
        given::<Organisation>([first[0].clone()]).when(register("党总支", Some(9)), ()).nothing();
    }

    #[test]
    fn a_new_name_is_a_change() {
        let first = given::<Organisation>([]).when(register("党总支", Some(9)), ()).events();
        let second = given::<Organisation>([first[0].clone()]).when(register("党委", Some(9)), ()).events();
        assert!(matches!(second[0], OrganisationEvent::OrganisationChanged { .. }));
    }

    #[test]
    fn nothing_stands_above_itself() {
        given::<Organisation>([])
            .when(register("党总支", Some(1)), ())
            .refused(&OrganisationRefusal::ParentIsItself);
    }
}

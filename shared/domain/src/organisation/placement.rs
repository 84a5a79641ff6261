//! Where somebody of a unit and a teaching-research room belongs in the tree of organisations.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::Profile;
use crate::values::{OrganisationId, OrganisationKind};

/// The branch and the committee or general branch that somebody belongs to, as far as the tree tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Placement {
    /// 党支部 of the room.
    pub branch: Option<OrganisationId>,
    /// 党委 or 党总支 of the unit, below the university's own committee.
    pub general_branch: Option<OrganisationId>,
}

/// The tree of organisations, ready to be asked; built once from all profiles.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    profiles: HashMap<OrganisationId, Profile>,
    branches: HashMap<String, HashMap<String, OrganisationId>>,
    general_branches: HashMap<String, OrganisationId>,
    university: Option<OrganisationId>,
    department: Option<OrganisationId>,
}

impl Tree {
    /// The tree of these organisations. Where two claim the same unit or room, the smaller 组织编号 has it.
    #[must_use]
    pub fn new(organisations: impl IntoIterator<Item = (OrganisationId, Profile)>) -> Self {
        let mut tree = Self { profiles: organisations.into_iter().collect(), ..Self::default() };
        let in_order: BTreeMap<String, OrganisationId> =
            tree.profiles.iter().map(|(id, profile)| (profile.number.as_str().to_owned(), *id)).collect();
        for id in in_order.into_values() {
            tree.index(id);
        }
        tree
    }

    /// Where somebody of that unit and room belongs; empty words place nobody.
    #[must_use]
    pub fn place(&self, unit: &str, room: &str) -> Placement {
        // A branch without a room takes in everybody of its unit whom no branch of a room takes in.
        let branch =
            self.branches.get(unit).and_then(|rooms| rooms.get(room).or_else(|| rooms.get(""))).copied();
        let of_unit = self.general_branches.get(unit).copied();
        Placement {
            branch,
            general_branch: of_unit.or_else(|| branch.and_then(|id| self.general_branch_of(id))),
        }
    }

    /// Everything above, nearest first; ends by itself where a wrong tree runs in a circle.
    pub fn ancestors(&self, id: OrganisationId) -> impl Iterator<Item = OrganisationId> {
        std::iter::successors(self.parent(id), |above| self.parent(*above)).take(self.profiles.len())
    }

    /// Whether it lies below that organisation, or is it.
    #[must_use]
    pub fn is_under(&self, id: OrganisationId, ancestor: OrganisationId) -> bool {
        id == ancestor || self.ancestors(id).any(|above| above == ancestor)
    }

    /// The committee or general branch below the university's that this organisation belongs to, or is.
    #[must_use]
    pub fn general_branch_of(&self, id: OrganisationId) -> Option<OrganisationId> {
        std::iter::once(id).chain(self.ancestors(id)).find(|above| self.is_general_branch(*above))
    }

    /// The organisation directly above.
    #[must_use]
    pub fn parent(&self, id: OrganisationId) -> Option<OrganisationId> {
        self.profiles.get(&id).and_then(|profile| profile.parent)
    }

    /// What is known of an organisation.
    #[must_use]
    pub fn profile(&self, id: OrganisationId) -> Option<&Profile> {
        self.profiles.get(&id)
    }

    /// The university's own committee: the one without a parent.
    #[must_use]
    pub fn university(&self) -> Option<OrganisationId> {
        self.university
    }

    /// 组织部.
    #[must_use]
    pub fn department(&self) -> Option<OrganisationId> {
        self.department
    }

    /// Takes one organisation into the look-ups; called in the order of 组织编号.
    fn index(&mut self, id: OrganisationId) {
        let Some(profile) = self.profiles.get(&id) else { return };
        let unit = self.unit_of(id);
        match profile.kind {
            OrganisationKind::ApprovingCommittee
            | OrganisationKind::Committee
            | OrganisationKind::GeneralBranch => {
                if profile.parent.is_none() {
                    self.university.get_or_insert(id);
                } else if let Some(unit) = unit {
                    self.general_branches.entry(unit).or_insert(id);
                }
            }
            OrganisationKind::Branch => {
                let room = profile.room.as_ref().map_or_else(String::new, |room| room.as_str().to_owned());
                if let Some(unit) = unit {
                    self.branches.entry(unit).or_default().entry(room).or_insert(id);
                }
            }
            OrganisationKind::Department => {
                let is_organisation_department = profile.name.as_str().contains("组织部");
                if is_organisation_department {
                    self.department.get_or_insert(id);
                }
            }
            // Its members keep their own branch; it takes nobody out of a unit or room.
            OrganisationKind::Temporary => {}
        }
    }

    /// 对应单位, its own or the nearest above.
    fn unit_of(&self, id: OrganisationId) -> Option<String> {
        std::iter::once(id)
            .chain(self.ancestors(id))
            .find_map(|above| self.profiles.get(&above).and_then(|profile| profile.unit.as_ref()))
            .map(|unit| unit.as_str().to_owned())
    }

    fn is_general_branch(&self, id: OrganisationId) -> bool {
        self.profiles.get(&id).is_some_and(|profile| match profile.kind {
            OrganisationKind::ApprovingCommittee
            | OrganisationKind::Committee
            | OrganisationKind::GeneralBranch => profile.parent.is_some(),
            OrganisationKind::Branch | OrganisationKind::Temporary | OrganisationKind::Department => false,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests;

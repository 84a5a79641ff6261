//! Who is proposed to whom, by example and by property.

mod examples;
mod properties;

use std::sync::LazyLock;

use uuid::Uuid;

use super::*;
use crate::organisation::placement::tests::{id, tree};
use crate::values::{OfficeKind, OrganisationKind};

static TREE: LazyLock<Tree> = LazyLock::new(tree);

fn person(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(number))
}

/// A candidate of a branch; the unit follows from the tree. Empty for one whom nothing places.
fn candidate(number: u128, branch: &str) -> NeedsLiaison {
    let placement = if branch.is_empty() {
        Placement::default()
    } else {
        Placement { branch: Some(id(branch)), general_branch: TREE.general_branch_of(id(branch)) }
    };
    NeedsLiaison { person: person(number), placement, room: String::new() }
}

fn leader(number: u128, organisation: &str, office: OfficeKind, load: u32) -> LeaderLoad {
    let kind = TREE.profile(id(organisation)).map_or(OrganisationKind::Branch, |profile| profile.kind);
    let office =
        HeldOffice { organisation: id(organisation), organisation_kind: kind, is_university: false, office };
    LeaderLoad { person: person(number), office, room: String::new(), load }
}

fn secretary(number: u128, branch: &str) -> LeaderLoad {
    leader(number, branch, OfficeKind::BranchSecretary, 0)
}

fn propose(candidates: &[NeedsLiaison], leaders: &[LeaderLoad]) -> Proposal {
    super::propose(candidates, leaders, Policy::shipped(), &TREE)
}

//! Who else could accompany somebody, nearest first: what a reviewer of a proposal may choose instead.

use std::collections::HashMap;

use peiyu_domain::organisation::leaders::may_accompany;
use peiyu_domain::organisation::placement::{Placement, Tree};
use peiyu_domain::policy::Policy;
use peiyu_domain::values::{OrganisationId, PersonId};
use peiyu_views::coverage::Leader;
use serde_json::{Value, json};

/// Offered for one row at most.
const MOST: usize = 5;

/// Leaders with a free place, ready to be asked who is nearest.
pub(super) struct Alternatives<'a> {
    free: Vec<Free<'a>>,
    nearest: HashMap<Placement, Vec<usize>>,
}

/// A leader with a free place, and the branches and units of their offices.
struct Free<'a> {
    leader: &'a Leader,
    branches: Vec<OrganisationId>,
    units: Vec<OrganisationId>,
}

impl<'a> Alternatives<'a> {
    pub(super) fn of(leaders: &'a [Leader], policy: &Policy, tree: &Tree) -> Self {
        let most = i64::from(policy.liaison.max_people);
        let free = leaders
            .iter()
            .filter(|leader| leader.load < most)
            .filter(|leader| leader.offices.iter().any(|held| may_accompany(&held.office())))
            .map(|leader| {
                let branches: Vec<_> = leader.offices.iter().map(|held| held.organisation).collect();
                let units = branches.iter().filter_map(|id| tree.general_branch_of(*id)).collect();
                Free { leader, branches, units }
            })
            .collect();
        Self { free, nearest: HashMap::new() }
    }

    /// At most five besides `liaison` for somebody placed there: of the own branch, of the own unit, of others; of
    /// each the least loaded first, those who are obliged before those who may.
    pub(super) fn besides(
        &mut self,
        candidate: PersonId,
        liaison: PersonId,
        placement: Placement,
    ) -> Vec<Value> {
        let free = &self.free;
        let order = self.nearest.entry(placement).or_insert_with(|| by_nearness(free, placement));
        order
            .iter()
            .map(|index| free[*index].leader)
            .filter(|leader| leader.person != candidate && leader.person != liaison)
            .take(MOST)
            .map(|leader| {
                let first = leader.offices.first();
                json!({
                    "id": leader.person, "name": leader.name, "staff_number": leader.staff_number,
                    "organisation": first.map(|held| &held.organisation_name), "load": leader.load,
                })
            })
            .collect()
    }
}

fn by_nearness(free: &[Free<'_>], placement: Placement) -> Vec<usize> {
    let distance = |one: &Free<'_>| match placement {
        Placement { branch: Some(branch), .. } if one.branches.contains(&branch) => 0,
        Placement { general_branch: Some(unit), .. } if one.units.contains(&unit) => 1,
        Placement { .. } => 2,
    };
    let mut order: Vec<usize> = (0..free.len()).collect();
    order.sort_by_key(|index| {
        let one = &free[*index];
        (distance(one), !one.leader.obliged, one.leader.load, one.leader.person)
    });
    order.truncate(MOST + 2);
    order
}

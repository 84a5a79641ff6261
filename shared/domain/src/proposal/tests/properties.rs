//! What holds for every university.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::organisation::leaders::is_obliged;

const BRANCHES: [&str; 6] = ["00100101", "00100201", "00100202", "00100203", "001003", ""];
const SEATS: [(&str, OfficeKind); 9] = [
    ("00100101", OfficeKind::BranchSecretary),
    ("00100201", OfficeKind::BranchSecretary),
    ("00100202", OfficeKind::BranchSecretary),
    ("001003", OfficeKind::BranchSecretary),
    ("001001", OfficeKind::Secretary),
    ("001002", OfficeKind::DeputySecretary),
    ("001002", OfficeKind::FullTimeOrganiser),
    ("001000", OfficeKind::DepartmentOfficer),
    ("00100201", OfficeKind::PartTimeOrganiser),
];

fn any_candidates() -> impl Strategy<Value = Vec<NeedsLiaison>> {
    prop::collection::vec(prop::sample::select(BRANCHES.to_vec()), 0..120).prop_map(|branches| {
        branches.into_iter().zip(1..).map(|(branch, number)| candidate(number, branch)).collect()
    })
}

/// Up to 15 offices of up to 10 people, whose loads belong to the person.
fn any_leaders() -> impl Strategy<Value = Vec<LeaderLoad>> {
    let seat = prop::sample::select(SEATS.to_vec());
    let loads = prop::collection::vec(0_u32..10, 10);
    let offices = prop::collection::vec((0_usize..10, seat), 0..15);
    (loads, offices).prop_map(|(loads, offices)| {
        let office = |(who, (organisation, office)): (usize, (&str, OfficeKind))| {
            leader(1000 + who as u128, organisation, office, loads[who])
        };
        offices.into_iter().map(office).collect()
    })
}

/// Loads before and after, of everybody who may accompany; whether obliged.
fn loads(leaders: &[LeaderLoad], proposal: &Proposal) -> BTreeMap<PersonId, (u32, u32, bool)> {
    let mut loads = BTreeMap::new();
    for one in leaders.iter().filter(|one| crate::organisation::leaders::may_accompany(&one.office)) {
        let entry = loads.entry(one.person).or_insert((one.load, one.load, false));
        entry.2 |= is_obliged(&one.office);
    }
    for assignment in &proposal.assignments {
        if let Some(entry) = loads.get_mut(&assignment.liaison) {
            entry.1 += 1;
        }
    }
    loads
}

proptest! {
    #[test]
    fn everybody_is_named_exactly_once(candidates in any_candidates(), leaders in any_leaders()) {
        let proposal = propose(&candidates, &leaders);
        let assigned = proposal.assignments.iter().map(|one| one.candidate);
        let mut named: Vec<PersonId> = assigned.chain(proposal.without.iter().map(|one| one.candidate)).collect();
        named.sort();
        prop_assert_eq!(named, candidates.iter().map(|one| one.person).collect::<Vec<_>>());
    }

    #[test]
    fn nobody_gets_more_than_the_most_and_nobody_waits_while_a_place_is_free(
        candidates in any_candidates(),
        leaders in any_leaders(),
    ) {
        let proposal = propose(&candidates, &leaders);
        let loads = loads(&leaders, &proposal);
        for (before, after, _) in loads.values() {
            prop_assert!(after <= before.max(&8));
        }
        let any_free = loads.values().any(|(_, after, _)| *after < 8);
        prop_assert!(proposal.without.is_empty() || !any_free);
    }

    #[test]
    fn everybody_obliged_gets_the_least_before_anybody_gets_more(
        candidates in any_candidates(),
        leaders in any_leaders(),
    ) {
        let proposal = propose(&candidates, &leaders);
        let loads = loads(&leaders, &proposal);
        let idle: BTreeSet<PersonId> =
            loads.iter().filter(|(_, (_, after, obliged))| *obliged && *after == 0).map(|(who, _)| *who).collect();
        prop_assert_eq!(&idle, &proposal.leaders_with_nobody.iter().copied().collect());
        let somebody_got_more = loads.values().any(|(before, after, _)| after > before && *after > 1);
        prop_assert!(idle.is_empty() || !somebody_got_more);
    }

    #[test]
    fn nobody_gets_more_than_advised_while_somebody_obliged_has_less(
        candidates in any_candidates(),
        leaders in any_leaders(),
    ) {
        let proposal = propose(&candidates, &leaders);
        let loads = loads(&leaders, &proposal);
        let below = loads.values().any(|(_, after, obliged)| *obliged && *after < 2);
        let above = loads.values().any(|(before, after, _)| after > before && *after > 2);
        prop_assert!(!(below && above));
    }

    #[test]
    fn the_order_of_the_lists_changes_nothing(
        (candidates, shuffled) in any_candidates().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        (leaders, mixed) in any_leaders().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
    ) {
        prop_assert_eq!(propose(&candidates, &leaders), propose(&shuffled, &mixed));
    }

    #[test]
    fn nobody_accompanies_themselves(leaders in any_leaders(), branch in prop::sample::select(BRANCHES.to_vec())) {
        let candidates: Vec<NeedsLiaison> = (1000..1010).map(|number| candidate(number, branch)).collect();
        let proposal = propose(&candidates, &leaders);
        prop_assert!(proposal.assignments.iter().all(|one| one.candidate != one.liaison));
    }

    #[test]
    fn the_office_is_one_that_the_liaison_holds(candidates in any_candidates(), leaders in any_leaders()) {
        for assignment in propose(&candidates, &leaders).assignments {
            prop_assert!(leaders.iter().any(|one| one.person == assignment.liaison && one.office == assignment.office));
        }
    }
}

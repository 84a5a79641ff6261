//! The rounds of a proposal: who is still waiting, and which circle is asked next.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::leaders::{Circle, Leader, Places};
use super::{Assignment, NeedsLiaison, Proposal, WhyNot, Without};
use crate::organisation::placement::Tree;
use crate::policy::numbers::LiaisonNumbers;
use crate::values::OrganisationId;

/// A unit with its candidates; those whom the tree places nowhere have none.
type Unit = Option<OrganisationId>;

/// The state between rounds.
pub(super) struct Rounds<'a> {
    places: Places,
    /// Candidates still waiting, by unit, in the order of branch and id.
    waiting: BTreeMap<Unit, Vec<&'a NeedsLiaison>>,
    parents: BTreeMap<Unit, Option<OrganisationId>>,
    assignments: Vec<Assignment>,
}

impl<'a> Rounds<'a> {
    pub(super) fn new(candidates: &'a [NeedsLiaison], leaders: Vec<Leader>, tree: &Tree) -> Self {
        let mut once = BTreeMap::new();
        for candidate in candidates {
            once.entry(candidate.person).or_insert(candidate);
        }
        let mut waiting: BTreeMap<Unit, Vec<&NeedsLiaison>> = BTreeMap::new();
        for candidate in once.into_values() {
            waiting.entry(candidate.placement.general_branch).or_default().push(candidate);
        }
        for of_unit in waiting.values_mut() {
            of_unit.sort_by_key(|candidate| (candidate.placement.branch, candidate.person));
        }
        let parent = |unit: &Unit| (*unit, unit.and_then(|unit| tree.parent(unit)));
        let parents = waiting.keys().map(parent).collect();
        Self { places: Places::new(leaders), waiting, parents, assignments: Vec::new() }
    }

    /// Loads rise step by step in the own unit; neighbours and others are asked at the three steps of the policy.
    pub(super) fn run(&mut self, numbers: &LiaisonNumbers) {
        for level in 1..=numbers.max_people {
            self.own(level);
            if [numbers.min_people, numbers.advise_above, numbers.max_people].contains(&level) {
                self.neighbours(level, numbers.max_people);
                let units = self.units();
                self.export(&units, Circle::Anywhere, level, numbers.max_people);
            }
        }
        let units = self.units();
        self.export(&units, Circle::HelpingOut, numbers.max_people, numbers.max_people);
    }

    /// What came of it.
    pub(super) fn finish(self, numbers: &LiaisonNumbers) -> Proposal {
        let most = numbers.max_people;
        let any_free =
            [Circle::Anywhere, Circle::HelpingOut].iter().any(|circle| self.places.any_free(*circle, most));
        let why = match (self.places.leaders.is_empty(), any_free) {
            (true, _) => WhyNot::NoLeader,
            (false, true) => WhyNot::OnlyOneself,
            (false, false) => WhyNot::NoFreePlace,
        };
        let mut assignments = self.assignments;
        assignments.sort_by_key(|assignment| assignment.candidate);
        let still_waiting = self.waiting.into_values().flatten();
        let mut without: Vec<Without> =
            still_waiting.map(|candidate| Without { candidate: candidate.person, why }).collect();
        without.sort_by_key(|left_out| left_out.candidate);
        let idle = self.places.leaders.iter().filter(|leader| leader.obliged && leader.load == 0);
        let leaders_with_nobody = idle.map(|leader| leader.person).collect();
        Proposal { assignments, without, leaders_with_nobody }
    }

    /// Each unit's own leaders: the secretary of one's branch before the others.
    fn own(&mut self, level: u32) {
        for unit in self.units() {
            let waiting = self.waiting.remove(&unit).unwrap_or_default();
            let of_branch = |candidate: &NeedsLiaison| candidate.placement.branch.map(Circle::Branch);
            let waiting = self.offer(waiting, level, of_branch);
            let waiting = self.offer(waiting, level, |_| unit.map(Circle::Unit));
            self.keep(unit, waiting);
        }
    }

    /// Tries one circle for each; whoever finds no place waits on.
    fn offer(
        &mut self,
        waiting: Vec<&'a NeedsLiaison>,
        level: u32,
        circle: impl Fn(&NeedsLiaison) -> Option<Circle>,
    ) -> Vec<&'a NeedsLiaison> {
        let mut still_waiting = Vec::with_capacity(waiting.len());
        for candidate in waiting {
            let found = circle(candidate).is_some_and(|circle| self.assign(candidate, circle, level));
            if !found {
                still_waiting.push(candidate);
            }
        }
        still_waiting
    }

    fn neighbours(&mut self, level: u32, most: u32) {
        let mut by_parent: BTreeMap<OrganisationId, Vec<Unit>> = BTreeMap::new();
        for unit in self.units() {
            if let Some(parent) = self.parents.get(&unit).copied().flatten() {
                by_parent.entry(parent).or_default().push(unit);
            }
        }
        for (parent, units) in by_parent {
            self.export(&units, Circle::Under(parent), level, most);
        }
    }

    /// Sends people to leaders of other units, one by one from the unit that lacks most places of its own.
    fn export(&mut self, units: &[Unit], circle: Circle, level: u32, most: u32) {
        let mut pressed: BTreeSet<(Reverse<i64>, Unit)> =
            units.iter().map(|unit| (Reverse(self.lacking(*unit, most)), *unit)).collect();
        let mut passed_over: Vec<&NeedsLiaison> = Vec::new();
        while self.places.any_free(circle, level) {
            let Some((Reverse(lacking), unit)) = pressed.pop_first() else { break };
            let Some(candidate) = self.waiting.get_mut(&unit).and_then(Vec::pop) else { continue };
            if !self.assign(candidate, circle, level) {
                passed_over.push(candidate);
            }
            pressed.insert((Reverse(lacking - 1), unit));
        }
        for candidate in passed_over {
            self.waiting.entry(candidate.placement.general_branch).or_default().push(candidate);
        }
    }

    /// How many of the unit's people its own leaders could not take at the most.
    fn lacking(&self, unit: Unit, most: u32) -> i64 {
        let waiting = self.waiting.get(&unit).map_or(0, Vec::len);
        let free = unit.map_or(0, |unit| self.places.free(Circle::Unit(unit), most));
        i64::try_from(waiting).unwrap_or(i64::MAX) - i64::from(free)
    }

    fn assign(&mut self, candidate: &NeedsLiaison, circle: Circle, level: u32) -> bool {
        // The room tells leaders apart within the own unit; elsewhere nobody works in it.
        let room = if matches!(circle, Circle::Unit(_)) { candidate.room.as_str() } else { "" };
        let Some(index) = self.places.freest(circle, level, room, candidate.person) else { return false };
        let leader = &self.places.leaders[index];
        let Some(seat) = leader.seats.iter().find(|seat| circle.holds(seat)) else { return false };
        self.assignments.push(Assignment {
            candidate: candidate.person,
            liaison: leader.person,
            office: seat.office.clone(),
            why: circle.reason(),
        });
        self.places.take(index);
        true
    }

    fn units(&self) -> Vec<Unit> {
        self.waiting.iter().filter(|(_, waiting)| !waiting.is_empty()).map(|(unit, _)| *unit).collect()
    }

    fn keep(&mut self, unit: Unit, waiting: Vec<&'a NeedsLiaison>) {
        if !waiting.is_empty() {
            self.waiting.insert(unit, waiting);
        }
    }
}

//! Leaders, each once, with all their offices, and where they still have places.

use std::collections::{BTreeMap, BTreeSet};

use super::{LeaderLoad, Reason};
use crate::organisation::HeldOffice;
use crate::organisation::leaders::{is_obliged, may_accompany};
use crate::organisation::placement::Tree;
use crate::values::{OrganisationId, PersonId};

/// One who may accompany.
#[derive(Debug)]
pub(super) struct Leader {
    pub(super) person: PersonId,
    pub(super) room: String,
    pub(super) load: u32,
    pub(super) obliged: bool,
    /// Offices with the unit and the parent of the unit each lies in; obliging ones first.
    pub(super) seats: Vec<Seat>,
}

/// An office and where it lies.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) office: HeldOffice,
    pub(super) unit: Option<OrganisationId>,
    pub(super) above: Option<OrganisationId>,
}

/// Merges the offices of each person; whoever may not accompany by any of them is left out.
pub(super) fn merge(offices: &[LeaderLoad], tree: &Tree) -> Vec<Leader> {
    let mut by_person: BTreeMap<PersonId, Vec<&LeaderLoad>> = BTreeMap::new();
    for office in offices.iter().filter(|office| may_accompany(&office.office)) {
        by_person.entry(office.person).or_default().push(office);
    }
    by_person.into_iter().map(|(person, offices)| leader(person, offices, tree)).collect()
}

fn leader(person: PersonId, mut offices: Vec<&LeaderLoad>, tree: &Tree) -> Leader {
    let order = |held: &HeldOffice| (!is_obliged(held), held.organisation, held.office);
    offices.sort_by_key(|office| order(&office.office));
    offices.dedup_by(|a, b| a.office == b.office);
    let seat = |office: &LeaderLoad| {
        let unit = tree.general_branch_of(office.office.organisation);
        Seat { office: office.office.clone(), unit, above: unit.and_then(|unit| tree.parent(unit)) }
    };
    Leader {
        person,
        room: offices.iter().map(|office| office.room.as_str()).max().unwrap_or_default().to_owned(),
        load: offices.iter().map(|office| office.load).max().unwrap_or(0),
        obliged: offices.iter().any(|office| is_obliged(&office.office)),
        seats: offices.into_iter().map(seat).collect(),
    }
}

/// Where places are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Circle {
    /// Whoever leads this branch.
    Branch(OrganisationId),
    /// Leaders of this unit.
    Unit(OrganisationId),
    /// Leaders of the units under this parent.
    Under(OrganisationId),
    /// Everybody obliged.
    Anywhere,
    /// Those who may and need not.
    HelpingOut,
}

impl Circle {
    /// Whether that office is why the leader belongs to the circle.
    pub(super) fn holds(self, seat: &Seat) -> bool {
        match self {
            Self::Branch(branch) => seat.office.organisation == branch,
            Self::Unit(unit) => seat.unit == Some(unit),
            Self::Under(parent) => seat.above == Some(parent),
            Self::Anywhere | Self::HelpingOut => true,
        }
    }

    /// What a proposal says of a leader found here.
    pub(super) fn reason(self) -> Reason {
        match self {
            Self::Branch(_) => Reason::OwnBranch,
            Self::Unit(_) => Reason::OwnUnit,
            Self::Under(_) => Reason::Neighbouring,
            Self::Anywhere => Reason::Elsewhere,
            Self::HelpingOut => Reason::HelpingOut,
        }
    }
}

/// Leaders by circle, those with the smallest load first.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) leaders: Vec<Leader>,
    circles: BTreeMap<Circle, BTreeSet<(u32, usize)>>,
}

impl Places {
    pub(super) fn new(leaders: Vec<Leader>) -> Self {
        let mut places = Self { leaders, circles: BTreeMap::new() };
        for index in 0..places.leaders.len() {
            places.enter(index);
        }
        places
    }

    /// The leader of the circle with the most free places below `cap`; on a tie whoever works in that room.
    pub(super) fn freest(&self, circle: Circle, cap: u32, room: &str, not: PersonId) -> Option<usize> {
        let mut eligible = self
            .circles
            .get(&circle)?
            .iter()
            .take_while(|(load, _)| *load < cap)
            .filter(|(_, index)| self.leaders[*index].person != not)
            .peekable();
        let (smallest, first) = *eligible.peek()?;
        let same_room = |index: usize| !room.is_empty() && self.leaders[index].room == room;
        let nearest = eligible
            .take_while(|(load, _)| load == smallest)
            .map(|(_, index)| *index)
            .find(|index| same_room(*index));
        Some(nearest.unwrap_or(*first))
    }

    /// Whether anybody of the circle has a place below `cap`.
    pub(super) fn any_free(&self, circle: Circle, cap: u32) -> bool {
        self.circles.get(&circle).and_then(BTreeSet::first).is_some_and(|(load, _)| *load < cap)
    }

    /// Places below `cap` in a circle.
    pub(super) fn free(&self, circle: Circle, cap: u32) -> u32 {
        let free = |set: &BTreeSet<(u32, usize)>| set.iter().map(|(load, _)| cap.saturating_sub(*load)).sum();
        self.circles.get(&circle).map_or(0, free)
    }

    /// One more for that leader.
    pub(super) fn take(&mut self, index: usize) {
        for circle in circles_of(&self.leaders[index]) {
            if let Some(set) = self.circles.get_mut(&circle) {
                set.remove(&(self.leaders[index].load, index));
            }
        }
        self.leaders[index].load += 1;
        self.enter(index);
    }

    fn enter(&mut self, index: usize) {
        let leader = &self.leaders[index];
        for circle in circles_of(leader) {
            self.circles.entry(circle).or_default().insert((leader.load, index));
        }
    }
}

fn circles_of(leader: &Leader) -> BTreeSet<Circle> {
    if !leader.obliged {
        return BTreeSet::from([Circle::HelpingOut]);
    }
    // An office that obliges nobody makes nobody somebody's own leader.
    leader
        .seats
        .iter()
        .filter(|seat| is_obliged(&seat.office))
        .flat_map(|seat| {
            let branch = Circle::Branch(seat.office.organisation);
            [Some(branch), seat.unit.map(Circle::Unit), seat.above.map(Circle::Under)]
        })
        .flatten()
        .chain([Circle::Anywhere])
        .collect()
}

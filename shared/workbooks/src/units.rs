//! Units and their rooms as the tree of organisations knows them, and the names nearest to a wrong one.

use std::collections::{BTreeMap, BTreeSet};

/// Names given for a wrong one.
const NEAREST: usize = 3;

/// Unit to its rooms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownUnits(BTreeMap<String, BTreeSet<String>>);

impl KnownUnits {
    /// Adds a unit, and a room of it.
    pub fn add(&mut self, unit: &str, room: Option<&str>) {
        let rooms = self.0.entry(unit.to_owned()).or_default();
        if let Some(room) = room {
            rooms.insert(room.to_owned());
        }
    }

    /// Whether no unit is known: then no roster can be judged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is such a unit.
    #[must_use]
    pub fn has_unit(&self, unit: &str) -> bool {
        self.0.contains_key(unit)
    }

    /// Whether the room lies under the unit.
    #[must_use]
    pub fn has_room(&self, unit: &str, room: &str) -> bool {
        self.0.get(unit).is_some_and(|rooms| rooms.contains(room))
    }

    /// The units nearest to a name.
    #[must_use]
    pub fn nearest_units(&self, name: &str) -> Vec<String> {
        nearest(name, self.0.keys().map(String::as_str))
    }

    /// The rooms of a unit nearest to a name.
    #[must_use]
    pub fn nearest_rooms(&self, unit: &str, name: &str) -> Vec<String> {
        self.0.get(unit).map_or_else(Vec::new, |rooms| nearest(name, rooms.iter().map(String::as_str)))
    }

    /// Units with their rooms.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &BTreeSet<String>)> {
        self.0.iter().map(|(unit, rooms)| (unit.as_str(), rooms))
    }
}

/// From pairs of unit and room, as they lie in a read model.
impl FromIterator<(String, Option<String>)> for KnownUnits {
    fn from_iter<I: IntoIterator<Item = (String, Option<String>)>>(pairs: I) -> Self {
        let mut units = Self::default();
        for (unit, room) in pairs {
            units.add(&unit, room.as_deref());
        }
        units
    }
}

/// The names at the least distance, nearest first; none that has nothing in common.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<String> {
    // A cell may hold a page; only its beginning is compared.
    let wanted: Vec<char> = name.chars().take(40).collect();
    let mut ranked: Vec<(usize, &str)> = known
        .map(|candidate| {
            let letters: Vec<char> = candidate.chars().take(40).collect();
            (
                distance(&wanted, &letters),
                letters.iter().filter(|letter| wanted.contains(letter)).count(),
                candidate,
            )
        })
        .filter(|(_, common, _)| *common > 0)
        .map(|(distance, _, candidate)| (distance, candidate))
        .collect();
    ranked.sort_unstable();
    ranked.into_iter().take(NEAREST).map(|(_, candidate)| candidate.to_owned()).collect()
}

/// Letters to insert, drop or replace.
fn distance(left: &[char], right: &[char]) -> usize {
    let mut previous: Vec<usize> = (0..=right.len()).collect();
    for (row, left_letter) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for ((right_letter, replaced), dropped) in right.iter().zip(&previous).zip(previous.iter().skip(1)) {
            let inserted = current.last().map_or(0, |last| last + 1);
            let replaced = replaced + usize::from(left_letter != right_letter);
            current.push(replaced.min(dropped + 1).min(inserted));
        }
        previous = current;
    }
    previous.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units() -> KnownUnits {
        let mut units = KnownUnits::default();
        units.add("药学院", Some("药理学教研室"));
        units.add("护理学院", Some("基础护理教研室"));
        units.add("图书馆", None);
        units
    }

    #[test]
    fn a_room_counts_only_under_its_unit() {
        assert!(units().has_room("药学院", "药理学教研室"));
        assert!(!units().has_room("护理学院", "药理学教研室"));
    }

    #[test]
    fn the_nearest_names_come_first() {
        assert_eq!(units().nearest_units("药物学院"), ["药学院", "护理学院"]);
        assert_eq!(units().nearest_rooms("药学院", "药理教研室"), ["药理学教研室"]);
    }
}

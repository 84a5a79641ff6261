//! The same staff number twice: a repeated row when the name is the same, a shared number when not.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use crate::reading::number;
use crate::reason::{Facts, OTHER_ROWS, Reason};
use crate::report::Sink;

/// Where each staff number stands; of names only a hash is kept.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    hasher: RandomState,
    first: HashMap<Box<str>, Entry>,
    /// Staff numbers that stand in more than one row, with all their rows.
    more: HashMap<Box<str>, Vec<Entry>>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    row: u32,
    /// None: the name is empty, which says nothing about whose number it is.
    name: Option<u64>,
}

impl Repeats {
    pub fn add(&mut self, staff_number: &str, name: &str, row: u32) {
        let entry = Entry { row, name: (!name.is_empty()).then(|| self.hasher.hash_one(name)) };
        if let Some(entries) = self.more.get_mut(staff_number) {
            entries.push(entry);
        } else if let Some(first) = self.first.get(staff_number) {
            self.more.insert(staff_number.into(), vec![*first, entry]);
        } else {
            self.first.insert(staff_number.into(), entry);
        }
    }

    pub fn judge(&self, column: Option<u16>, sink: &mut Sink) {
        for entries in self.more.values() {
            let named: Vec<Entry> = entries.iter().copied().filter(|entry| entry.name.is_some()).collect();
            let Some(first) = named.first() else { continue };
            if named.iter().all(|entry| entry.name == first.name) {
                for entry in named.iter().skip(1) {
                    let facts = Facts::OtherRows { rows: vec![first.row], count: 1 };
                    sink.fault(entry.row, column, Reason::RowRepeated, facts);
                }
                continue;
            }
            for entry in &named {
                let others = named.iter().map(|other| other.row).filter(|row| *row != entry.row);
                let facts = Facts::OtherRows {
                    rows: others.take(OTHER_ROWS).collect(),
                    count: number(named.len() - 1),
                };
                sink.fault(entry.row, column, Reason::StaffNumberShared, facts);
            }
        }
    }
}

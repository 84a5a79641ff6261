//! What is so now about a person.

use std::collections::{BTreeMap, BTreeSet};

use super::{Field, PersonEvent, PersonRefusal, Record, Source};
use crate::decider::Aggregate;
use crate::eligibility::Assessment;
use crate::values::Sensitive;

/// A person's record with the source of each field.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Person {
    registered: bool,
    record: Record,
    corrected: BTreeSet<Field>,
    contradictions: BTreeMap<Field, String>,
    in_roster: bool,
    assessment: Option<Assessment>,
}

impl Person {
    /// Whether anything was ever said about them.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        self.registered
    }

    /// Field by field, corrections included.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// One field; empty when unknown.
    #[must_use]
    pub fn field(&self, field: Field) -> &str {
        self.record.get(&field).map_or("", String::as_str)
    }

    /// Whether a row of a roster was ever accepted for them.
    #[must_use]
    pub fn is_in_roster(&self) -> bool {
        self.in_roster
    }

    /// Whether the field was corrected by hand, so that no roster overwrites it.
    #[must_use]
    pub fn is_corrected(&self, field: Field) -> bool {
        self.corrected.contains(&field)
    }

    /// What a roster last said against what is known.
    #[must_use]
    pub fn contradiction(&self, field: Field) -> Option<&str> {
        self.contradictions.get(&field).map(String::as_str)
    }

    /// The last assessment of eligibility.
    #[must_use]
    pub fn assessment(&self) -> Option<&Assessment> {
        self.assessment.as_ref()
    }

    /// An officer's decision on the key group, if there is one.
    #[must_use]
    pub fn decided_key_group(&self) -> Option<bool> {
        self.is_corrected(Field::KeyGroup).then(|| self.field(Field::KeyGroup) == "是")
    }

    fn take_in(&mut self, changes: &Sensitive<Record>) {
        for (field, value) in changes.known().into_iter().flatten() {
            self.contradictions.remove(field);
            if value.is_empty() {
                self.record.remove(field);
            } else {
                self.record.insert(*field, value.clone());
            }
        }
    }
}

impl Aggregate for Person {
    const TYPE: &'static str = "person";
    type Event = PersonEvent;
    type Refusal = PersonRefusal;

    fn evolve(&mut self, event: &PersonEvent) {
        match event {
            PersonEvent::PersonRegistered { record, source, .. } => {
                self.registered = true;
                self.in_roster = *source == Source::Roster;
                self.take_in(record);
            }
            PersonEvent::RosterFactsChanged { changes, .. } => {
                self.in_roster = true;
                self.take_in(changes);
            }
            PersonEvent::RosterConflictFound { field, roster_value, .. } => {
                let value = roster_value.known().cloned().unwrap_or_default();
                self.contradictions.insert(*field, value);
            }
            PersonEvent::PersonCorrected { field, value, .. } => {
                self.corrected.insert(*field);
                let value = value.known().cloned().unwrap_or_default();
                self.take_in(&Sensitive::Known(Record::from([(*field, value)])));
            }
            PersonEvent::EligibilityAssessed { key_group, basis, categories } => {
                self.assessment = Some(Assessment {
                    key_group: *key_group,
                    basis: basis.clone(),
                    categories: categories.clone(),
                });
            }
        }
    }
}

//! What is so now about a candidate.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{CandidateEvent, CandidateRefusal};
use crate::decider::Aggregate;
use crate::organisation::HeldOffice;
use crate::values::{ClassId, PersonId, Sensitive, TalkForm, Text};

/// A present assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Who accompanies.
    pub liaison: PersonId,
    /// In which office.
    pub office: HeldOffice,
    /// Since when.
    pub since: Date,
}

/// What decisions need to know of a talk on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Talk {
    /// Who talked.
    pub talker: PersonId,
    /// Day, as corrected.
    pub held_on: Date,
    /// Form, as corrected.
    pub form: TalkForm,
    /// Gist, as corrected.
    pub gist: Sensitive<Text<4000>>,
    /// Begin of the assignment under which it was recorded; none for an old paper record.
    pub since: Option<Date>,
}

/// Pool, liaison, talks and training of one person.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Candidate {
    in_pool_since: Option<Date>,
    assignment: Option<Assignment>,
    accompanied_until: Option<Date>,
    talks: BTreeMap<u32, Talk>,
    fingerprints: BTreeSet<String>,
    trainings: BTreeSet<ClassId>,
}

impl Candidate {
    /// Since when in the pool; none when not in it.
    #[must_use]
    pub fn in_pool_since(&self) -> Option<Date> {
        self.in_pool_since
    }

    /// The present liaison.
    #[must_use]
    pub fn assignment(&self) -> Option<&Assignment> {
        self.assignment.as_ref()
    }

    /// End of the last assignment, when it has ended.
    #[must_use]
    pub fn accompanied_until(&self) -> Option<Date> {
        self.accompanied_until
    }

    /// A talk by its number.
    #[must_use]
    pub fn talk(&self, number: u32) -> Option<&Talk> {
        self.talks.get(&number)
    }

    /// Number of the next talk.
    #[must_use]
    pub fn next_talk_number(&self) -> u32 {
        self.talks.last_key_value().map_or(1, |(number, _)| number + 1)
    }

    /// Number of the talk with the same day, form, talker and gist, if it is on record.
    #[must_use]
    pub fn same_talk(&self, talk: &Talk) -> Option<u32> {
        self.talks.iter().find(|(_, known)| *known == talk).map(|(number, _)| *number)
    }

    /// Whether an imported row was taken before.
    #[must_use]
    pub fn has_fingerprint(&self, fingerprint: &str) -> bool {
        self.fingerprints.contains(fingerprint)
    }

    /// Whether a result of that class is on record.
    #[must_use]
    pub fn has_training(&self, class: ClassId) -> bool {
        self.trainings.contains(&class)
    }
}

impl Aggregate for Candidate {
    const TYPE: &'static str = "candidate";
    type Event = CandidateEvent;
    type Refusal = CandidateRefusal;

    fn evolve(&mut self, event: &CandidateEvent) {
        match event {
            CandidateEvent::PoolEntered { on } => self.in_pool_since = Some(*on),
            CandidateEvent::PoolLeft { .. } => self.in_pool_since = None,
            CandidateEvent::LiaisonAssigned { liaison, office, since } => {
                self.assignment =
                    Some(Assignment { liaison: *liaison, office: office.clone(), since: *since });
            }
            CandidateEvent::LiaisonEnded { on, .. } => {
                self.assignment = None;
                // Whatever the reason, somebody accompanied them until that day.
                self.accompanied_until = Some(*on);
            }
            CandidateEvent::TalkRecorded { talk, talker, held_on, form, content, fingerprint } => {
                let live = self.assignment.as_ref().filter(|_| fingerprint.is_none());
                let since = live.map(|assignment| assignment.since);
                let gist = content.gist.clone();
                self.talks
                    .insert(*talk, Talk { talker: *talker, held_on: *held_on, form: *form, gist, since });
                self.fingerprints.extend(fingerprint.clone());
            }
            CandidateEvent::TalkCorrected { talk, correction, .. } => {
                if let Some(known) = self.talks.get_mut(talk) {
                    known.held_on = correction.held_on.unwrap_or(known.held_on);
                    known.form = correction.form.unwrap_or(known.form);
                    if let Some(gist) = &correction.gist {
                        known.gist = gist.clone();
                    }
                }
            }
            CandidateEvent::TrainingCompleted { class, .. } => {
                self.trainings.insert(*class);
            }
        }
    }
}

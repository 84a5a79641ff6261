//! Whom an event concerns, and in which way.

use std::collections::BTreeSet;

use peiyu_domain::AnyEvent;
use peiyu_domain::account::AccountEvent;
use peiyu_domain::candidate::CandidateEvent;
use peiyu_domain::organisation::OrganisationEvent;
use peiyu_domain::reminder::ReminderEvent;
use peiyu_domain::training_class::TrainingClassEvent;
use peiyu_domain::values::PersonId;
use uuid::Uuid;

use super::Role;

/// The person whom later events of the stream concern too, though they do not say it.
pub(super) fn stays(event: &AnyEvent) -> Option<PersonId> {
    match event {
        AnyEvent::Reminder(ReminderEvent::ReminderClaimed { addressee, .. }) => Some(*addressee),
        AnyEvent::Account(AccountEvent::AccountOpened { person }) => *person,
        AnyEvent::Reminder(_)
        | AnyEvent::Account(_)
        | AnyEvent::Candidate(_)
        | AnyEvent::Import(_)
        | AnyEvent::Installation(_)
        | AnyEvent::LetterTemplate(_)
        | AnyEvent::Member(_)
        | AnyEvent::Organisation(_)
        | AnyEvent::Person(_)
        | AnyEvent::Policy(_)
        | AnyEvent::TrainingClass(_) => None,
    }
}

/// Everybody whom it concerns; `known` is what [`stays`] said of the stream before.
pub(super) fn of(event: &AnyEvent, stream: Uuid, known: Option<PersonId>) -> BTreeSet<(PersonId, Role)> {
    let person = known.or_else(|| stays(event));
    match event {
        AnyEvent::Person(_) | AnyEvent::Member(_) => BTreeSet::from([(PersonId(stream), Role::Subject)]),
        AnyEvent::Candidate(event) => {
            std::iter::once((PersonId(stream), Role::Subject)).chain(beside_candidate(event)).collect()
        }
        AnyEvent::Organisation(event) => {
            holder(event).map(|person| (person, Role::Holder)).into_iter().collect()
        }
        AnyEvent::TrainingClass(event) => {
            participant(event).map(|person| (person, Role::Participant)).into_iter().collect()
        }
        AnyEvent::Reminder(event) => {
            let addressee = person.map(|person| (person, Role::Addressee));
            addressee.into_iter().chain(named(event)).collect()
        }
        AnyEvent::Account(_) => person.map(|person| (person, Role::Holder)).into_iter().collect(),
        // Of files, numbers and words, not of people.
        AnyEvent::Import(_)
        | AnyEvent::Installation(_)
        | AnyEvent::LetterTemplate(_)
        | AnyEvent::Policy(_) => BTreeSet::new(),
    }
}

fn beside_candidate(event: &CandidateEvent) -> Option<(PersonId, Role)> {
    match event {
        CandidateEvent::LiaisonAssigned { liaison, .. } | CandidateEvent::LiaisonEnded { liaison, .. } => {
            Some((*liaison, Role::Liaison))
        }
        CandidateEvent::TalkRecorded { talker, .. } => Some((*talker, Role::Talker)),
        CandidateEvent::PoolEntered { .. }
        | CandidateEvent::PoolLeft { .. }
        | CandidateEvent::TalkCorrected { .. }
        | CandidateEvent::TrainingCompleted { .. } => None,
    }
}

fn holder(event: &OrganisationEvent) -> Option<PersonId> {
    match event {
        OrganisationEvent::OfficeTaken { person, .. } | OrganisationEvent::OfficeEnded { person, .. } => {
            Some(*person)
        }
        OrganisationEvent::OrganisationRegistered { .. } | OrganisationEvent::OrganisationChanged { .. } => {
            None
        }
    }
}

fn participant(event: &TrainingClassEvent) -> Option<PersonId> {
    match event {
        TrainingClassEvent::ParticipantEnrolled { participant }
        | TrainingClassEvent::ParticipantCompleted { participant, .. } => Some(*participant),
        TrainingClassEvent::TrainingPlanned { .. } => None,
    }
}

fn named(event: &ReminderEvent) -> Vec<(PersonId, Role)> {
    match event {
        ReminderEvent::ReminderClaimed { names, .. } => {
            names.iter().map(|named| (named.about, Role::Subject)).collect()
        }
        ReminderEvent::ReminderSent { .. } | ReminderEvent::ReminderFailed { .. } => Vec::new(),
    }
}

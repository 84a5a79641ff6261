//! An event of any aggregate, read back from its kind and its unsealed payload.

use schemars::Schema;
use serde_json::Value;

use crate::account::{Account, AccountEvent};
use crate::candidate::{Candidate, CandidateEvent};
use crate::decider::{Aggregate, Event};
use crate::import::{Import, ImportEvent};
use crate::installation::{Installation, InstallationEvent};
use crate::letter_template::{LetterTemplate, LetterTemplateEvent};
use crate::member::{Member, MemberEvent};
use crate::organisation::{Organisation, OrganisationEvent};
use crate::person::{Person, PersonEvent};
use crate::policy::{Policies, PolicyEvent};
use crate::reminder::{Reminder, ReminderEvent};
use crate::training_class::{TrainingClass, TrainingClassEvent};

/// A payload that is no event of ours.
#[derive(Debug, thiserror::Error)]
pub enum EventFault {
    /// No aggregate has this name: the binary is older than the event.
    #[error("unknown kind of aggregate {0:?}; this binary is older than the event")]
    UnknownAggregate(String),
    /// The payload is not of the shape that its name promises.
    #[error("an event of {aggregate} cannot be read")]
    Unreadable {
        /// Kind of aggregate.
        aggregate: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
}

macro_rules! any_event {
    ($($variant:ident($event:ty, $aggregate:ty)),+ $(,)?) => {
        /// An event of any aggregate.
        #[derive(Debug, Clone, PartialEq)]
        pub enum AnyEvent {
            $(
                #[doc = concat!("Of a `", stringify!($aggregate), "`.")]
                $variant($event),
            )+
        }

        impl AnyEvent {
            /// Reads an unsealed payload.
            ///
            /// # Errors
            /// When the aggregate or the shape is unknown.
            pub fn read(aggregate: &str, payload: Value) -> Result<Self, EventFault> {
                match aggregate {
                    $(
                        <$aggregate>::TYPE => serde_json::from_value(payload)
                            .map(Self::$variant)
                            .map_err(|source| EventFault::Unreadable { aggregate: aggregate.to_owned(), source }),
                    )+
                    other => Err(EventFault::UnknownAggregate(other.to_owned())),
                }
            }

            /// Kind of the aggregate.
            #[must_use]
            pub fn aggregate(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => <$aggregate>::TYPE,)+
                }
            }

            /// Name of the event.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(event) => event.name(),)+
                }
            }

            /// Every aggregate with the names of its events.
            pub fn names() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
                [$((<$aggregate>::TYPE, <$event>::names()),)+].into_iter()
            }

            /// Every aggregate with the names of its events and their JSON Schema.
            #[must_use]
            pub fn catalogue() -> Vec<(&'static str, &'static [&'static str], Schema)> {
                vec![
                    $((<$aggregate>::TYPE, <$event>::names(), schemars::schema_for!($event)),)+
                ]
            }
        }
    };
}

any_event!(
    Account(AccountEvent, Account),
    Candidate(CandidateEvent, Candidate),
    Import(ImportEvent, Import),
    Installation(InstallationEvent, Installation),
    LetterTemplate(LetterTemplateEvent, LetterTemplate),
    Member(MemberEvent, Member),
    Organisation(OrganisationEvent, Organisation),
    Person(PersonEvent, Person),
    Policy(PolicyEvent, Policies),
    Reminder(ReminderEvent, Reminder),
    TrainingClass(TrainingClassEvent, TrainingClass),
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::pool_entered;

    #[test]
    fn an_event_is_read_back_from_its_payload() -> Result<(), Box<dyn std::error::Error>> {
        let payload = serde_json::to_value(pool_entered())?;
        assert_eq!(payload["event"], "PoolEntered");
        assert_eq!(AnyEvent::read("candidate", payload)?, AnyEvent::Candidate(pool_entered()));
        Ok(())
    }

    #[test]
    fn an_unknown_aggregate_is_told_apart_from_a_broken_event() {
        let payload = serde_json::json!({ "event": "SomethingNew" });
        assert!(matches!(AnyEvent::read("meeting", payload.clone()), Err(EventFault::UnknownAggregate(_))));
        assert!(matches!(AnyEvent::read("candidate", payload), Err(EventFault::Unreadable { .. })));
    }

    #[test]
    fn every_event_of_an_aggregate_has_a_name_in_the_catalogue() {
        assert_eq!(AnyEvent::catalogue().len(), 11);
        assert!(AnyEvent::catalogue().iter().all(|(_, names, _)| !names.is_empty()));
    }
}

//! What can have happened to a training class.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decider::Event;
use crate::values::{OrganisationId, Outcome, PersonId, Text, TrainingForm};

/// What a class is meant to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClassPlan {
    /// Title.
    pub title: Text<100>,
    /// Who holds it.
    pub organisation: OrganisationId,
    /// Form.
    pub form: TrainingForm,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Planned tenths of an hour.
    pub hours_tenths: u32,
    /// Most participants, if limited.
    pub places: Option<u32>,
}

/// An event of a training class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event")]
pub enum TrainingClassEvent {
    /// Planned.
    TrainingPlanned {
        /// The plan.
        plan: ClassPlan,
    },
    /// Somebody was enrolled.
    ParticipantEnrolled {
        /// Who.
        participant: PersonId,
    },
    /// One participant completed it.
    ParticipantCompleted {
        /// Who.
        participant: PersonId,
        /// On which day.
        on: Date,
        /// Tenths of an hour attended.
        hours_tenths: u32,
        /// Result.
        outcome: Outcome,
    },
}

impl Event for TrainingClassEvent {
    fn name(&self) -> &'static str {
        match self {
            Self::TrainingPlanned { .. } => "TrainingPlanned",
            Self::ParticipantEnrolled { .. } => "ParticipantEnrolled",
            Self::ParticipantCompleted { .. } => "ParticipantCompleted",
        }
    }

    fn occurred_on(&self) -> Option<Date> {
        match self {
            Self::ParticipantCompleted { on, .. } => Some(*on),
            Self::TrainingPlanned { .. } | Self::ParticipantEnrolled { .. } => None,
        }
    }

    fn names() -> &'static [&'static str] {
        &["TrainingPlanned", "ParticipantEnrolled", "ParticipantCompleted"]
    }
}

//! Why a command about a training class is refused.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::decider::Refuse;

/// A broken rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrainingClassRefusal {
    /// No class has this id.
    #[error("there is no such class")]
    Unknown,
    /// A class with this id was planned otherwise.
    #[error("the class was planned otherwise")]
    PlannedOtherwise,
    /// It cannot end before it begins.
    #[error("the class begins on {from} and would end on {to}")]
    DaysReversed {
        /// First day.
        from: Date,
        /// Last day.
        to: Date,
    },
    /// No hours.
    #[error("a class needs hours")]
    HoursMissing,
    /// All places are taken.
    #[error("all {places} places are taken")]
    Full {
        /// Places.
        places: u32,
    },
    /// The participant is not in the pool.
    #[error("the participant is not in the pool")]
    ParticipantNotInPool,
    /// Enrolment after the last day.
    #[error("the class ended on {to}")]
    Over {
        /// Last day.
        to: Date,
    },
    /// Not enrolled.
    #[error("the participant is not enrolled")]
    NotEnrolled,
    /// Completed already, otherwise.
    #[error("a result is on record")]
    CompletedOtherwise,
    /// Completed before the class began, or in the future.
    #[error("{on} is no day on which the class can have been completed")]
    DayUnfit {
        /// The day given.
        on: Date,
    },
    /// More hours than the class has.
    #[error("the class has {planned_tenths} tenths of an hour")]
    MoreHoursThanPlanned {
        /// Planned.
        planned_tenths: u32,
    },
}

impl Refuse for TrainingClassRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "training_unknown",
            Self::PlannedOtherwise => "training_planned_otherwise",
            Self::DaysReversed { .. } => "training_days_reversed",
            Self::HoursMissing => "training_hours_missing",
            Self::Full { .. } => "training_full",
            Self::ParticipantNotInPool => "participant_not_in_pool",
            Self::Over { .. } => "training_over",
            Self::NotEnrolled => "participant_not_enrolled",
            Self::CompletedOtherwise => "training_completed_otherwise",
            Self::DayUnfit { .. } => "training_day_unfit",
            Self::MoreHoursThanPlanned { .. } => "training_hours_exceed_plan",
        }
    }

    fn article(&self) -> Option<&'static str> {
        Some("意见三(五)")
    }

    fn facts(&self) -> Value {
        match self {
            Self::DaysReversed { from, to } => json!({ "from": from, "to": to }),
            Self::Full { places } => json!({ "places": places }),
            Self::Over { to } => json!({ "to": to }),
            Self::DayUnfit { on } => json!({ "on": on }),
            Self::MoreHoursThanPlanned { planned_tenths } => json!({ "planned_tenths": planned_tenths }),
            Self::Unknown
            | Self::PlannedOtherwise
            | Self::HoursMissing
            | Self::ParticipantNotInPool
            | Self::NotEnrolled
            | Self::CompletedOtherwise => json!({}),
        }
    }
}

//! One command a file.

mod complete_training;
mod enrol_in_training;
mod plan_training;

pub use complete_training::CompleteTraining;
pub use enrol_in_training::{EnrolInTraining, ParticipantFacts};
pub use plan_training::PlanTraining;

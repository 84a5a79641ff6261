//! 培训班: a class of the party school (Opinions 三(五)).

pub mod commands;
pub mod events;
pub mod refusal;
pub mod state;

pub use events::{ClassPlan, TrainingClassEvent};
pub use refusal::TrainingClassRefusal;
pub use state::TrainingClass;

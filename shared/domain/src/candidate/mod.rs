//! 培养对象: somebody in the pool, and what is done for them: liaison, talks, training.

pub mod commands;
pub mod events;
pub mod refusal;
pub mod state;

pub use events::{CandidateEvent, FollowUp, LeaveReason, LiaisonEnd, TalkContent, TalkCorrection};
pub use refusal::CandidateRefusal;
pub use state::Candidate;

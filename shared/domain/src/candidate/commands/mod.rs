//! One command a file.

mod assign_liaison;
mod correct_talk;
mod end_liaison;
mod enter_pool;
mod leave_pool;
mod record_talk;
mod record_training;
mod transcribe_talk;

pub use assign_liaison::{AssignLiaison, LiaisonFacts, OfficeTerm};
pub use correct_talk::{CorrectTalk, TalkChanges};
pub use end_liaison::{EndLiaison, Successor};
pub use enter_pool::{EnterPool, PoolFacts};
pub use leave_pool::LeavePool;
pub use record_talk::{FollowUpDraft, RecordTalk, TalkDraft};
pub use record_training::RecordTraining;
pub use transcribe_talk::TranscribeTalk;

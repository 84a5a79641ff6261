//! What can have happened to a candidate.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decider::Event;
use crate::organisation::HeldOffice;
use crate::values::{ClassId, Outcome, PersonId, Sensitive, TalkForm, Text};

/// Why somebody left the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeaveReason {
    /// Became a probationary or full member.
    BecameMember,
    /// No longer of the key group.
    NotOfKeyGroup,
    /// Left the university or died.
    Departed,
    /// Was never meant to be in.
    Mistake,
}

/// Why an assignment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LiaisonEnd {
    /// Another liaison takes over on the same day.
    HandOver,
    /// The liaison's office ended.
    OfficeEnded,
    /// The liaison cannot go on.
    Unavailable,
    /// The candidate left the pool.
    LeftPool,
}

/// What is to be done after a talk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FollowUp {
    /// What.
    pub what: Sensitive<Text<500>>,
    /// Until when.
    pub until: Option<Date>,
}

/// What a talk was about; personal in every line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TalkContent {
    /// 谈话地点.
    pub place: Option<Sensitive<Text<100>>>,
    /// 谈话主题.
    pub topics: Sensitive<Vec<Text<50>>>,
    /// 谈话内容.
    pub gist: Sensitive<Text<4000>>,
    /// 意见建议 of the candidate.
    pub wishes: Option<Sensitive<Text<2000>>>,
    /// What is to be done.
    pub follow_up: Option<FollowUp>,
}

/// Corrected parts of a talk; what is absent stays as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TalkCorrection {
    /// Day.
    pub held_on: Option<Date>,
    /// Form.
    pub form: Option<TalkForm>,
    /// 谈话地点.
    pub place: Option<Sensitive<Text<100>>>,
    /// 谈话主题.
    pub topics: Option<Sensitive<Vec<Text<50>>>>,
    /// 谈话内容.
    pub gist: Option<Sensitive<Text<4000>>>,
    /// 意见建议.
    pub wishes: Option<Sensitive<Text<2000>>>,
    /// What is to be done.
    pub follow_up: Option<FollowUp>,
}

/// An event of a candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event")]
pub enum CandidateEvent {
    /// Entered (or came back to) the pool (信息库, Opinions 三(三)).
    PoolEntered {
        /// From which day.
        on: Date,
    },
    /// Left the pool.
    PoolLeft {
        /// On which day.
        on: Date,
        /// Why.
        reason: LeaveReason,
    },
    /// Got a liaison (党内联系人, Opinions 三(四)).
    LiaisonAssigned {
        /// Who.
        liaison: PersonId,
        /// In which office.
        office: HeldOffice,
        /// From which day.
        since: Date,
    },
    /// The assignment ended.
    LiaisonEnded {
        /// Whose.
        liaison: PersonId,
        /// Last day; a hand-over begins on the same day.
        on: Date,
        /// Why.
        reason: LiaisonEnd,
    },
    /// A talk was put on record (谈心谈话纪实档案, Opinions 三(四)).
    TalkRecorded {
        /// 1, 2, 3, … within the candidate.
        talk: u32,
        /// Who talked with the candidate.
        talker: PersonId,
        /// Day.
        held_on: Date,
        /// Form.
        form: TalkForm,
        /// What it was about.
        content: TalkContent,
        /// Digest (keyed) of an imported row, so that the same row is taken once; empty when live.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fingerprint: Option<String>,
    },
    /// A correction stands beside the talk; the first wording stays.
    TalkCorrected {
        /// Which talk.
        talk: u32,
        /// What is right.
        correction: TalkCorrection,
        /// Why.
        reason: Sensitive<Text<500>>,
    },
    /// Took part in a training (Opinions 三(五)).
    TrainingCompleted {
        /// The class.
        class: ClassId,
        /// On which day it was completed.
        on: Date,
        /// Tenths of an hour.
        hours_tenths: u32,
        /// With which result.
        outcome: Outcome,
    },
}

impl Event for CandidateEvent {
    fn name(&self) -> &'static str {
        match self {
            Self::PoolEntered { .. } => "PoolEntered",
            Self::PoolLeft { .. } => "PoolLeft",
            Self::LiaisonAssigned { .. } => "LiaisonAssigned",
            Self::LiaisonEnded { .. } => "LiaisonEnded",
            Self::TalkRecorded { .. } => "TalkRecorded",
            Self::TalkCorrected { .. } => "TalkCorrected",
            Self::TrainingCompleted { .. } => "TrainingCompleted",
        }
    }

    fn occurred_on(&self) -> Option<Date> {
        match self {
            Self::PoolEntered { on }
            | Self::PoolLeft { on, .. }
            | Self::LiaisonEnded { on, .. }
            | Self::TrainingCompleted { on, .. } => Some(*on),
            Self::LiaisonAssigned { since, .. } => Some(*since),
            Self::TalkRecorded { held_on, .. } => Some(*held_on),
            Self::TalkCorrected { .. } => None,
        }
    }

    fn names() -> &'static [&'static str] {
        &[
            "PoolEntered",
            "PoolLeft",
            "LiaisonAssigned",
            "LiaisonEnded",
            "TalkRecorded",
            "TalkCorrected",
            "TrainingCompleted",
        ]
    }
}

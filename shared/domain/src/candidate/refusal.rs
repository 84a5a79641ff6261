//! Why a command about a candidate is refused.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::decider::Refuse;
use crate::values::TextError;

/// A broken rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CandidateRefusal {
    /// Not in the pool on that day.
    #[error("the person is not in the pool")]
    NotInPool,
    /// Already a member, or not of the key group.
    #[error("the person does not belong into the pool")]
    NotEligible,
    /// One cannot accompany oneself.
    #[error("nobody is their own liaison")]
    OneselfAsLiaison,
    /// The liaison is no Party member.
    #[error("the liaison is no Party member")]
    LiaisonNotMember,
    /// The liaison holds no office that accompanies people on that day.
    #[error("the liaison holds no office on {on} by which one accompanies people")]
    LiaisonWithoutOffice {
        /// The day asked for.
        on: Date,
    },
    /// There is one already.
    #[error("there is a liaison already, since {since}")]
    LiaisonAlready {
        /// Since when.
        since: Date,
    },
    /// There is none.
    #[error("there is no liaison")]
    NoLiaison,
    /// An assignment or its end lies in the future.
    #[error("{on} lies in the future")]
    AssignmentInTheFuture {
        /// The day asked for.
        on: Date,
    },
    /// Before the end of the assignment before.
    #[error("the assignment before lasted until {until}")]
    AssignmentOverlaps {
        /// Its end.
        until: Date,
    },
    /// An assignment cannot end before it began.
    #[error("the assignment began on {since}")]
    EndBeforeAssignment {
        /// Its begin.
        since: Date,
    },
    /// A talk is recorded by the liaison and nobody else.
    #[error("only the liaison records a talk")]
    NotTheLiaison,
    /// A talk that has not been.
    #[error("{held_on} lies in the future")]
    TalkInTheFuture {
        /// The day given.
        held_on: Date,
    },
    /// A talk from before the assignment.
    #[error("the liaison was assigned on {since}")]
    TalkBeforeAssignment {
        /// Since when.
        since: Date,
    },
    /// A record without a gist is none.
    #[error("the gist is missing")]
    GistMissing,
    /// A text of the talk cannot be kept.
    #[error("{field}: {fault}")]
    TalkTextUnfit {
        /// Which.
        field: &'static str,
        /// What is wrong.
        fault: TextError,
    },
    /// The same talk is on record.
    #[error("the same talk is on record as number {talk}")]
    TalkAlreadyRecorded {
        /// Its number.
        talk: u32,
    },
    /// No talk has this number.
    #[error("there is no talk number {talk}")]
    TalkUnknown {
        /// The number given.
        talk: u32,
    },
    /// A correction says nothing.
    #[error("the correction corrects nothing")]
    CorrectionEmpty,
    /// A correction needs a reason.
    #[error("a correction needs a reason")]
    ReasonMissing,
}

impl Refuse for CandidateRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotInPool => "not_in_pool",
            Self::NotEligible => "not_eligible_for_pool",
            Self::OneselfAsLiaison => "oneself_as_liaison",
            Self::LiaisonNotMember => "liaison_not_member",
            Self::LiaisonWithoutOffice { .. } => "liaison_without_office",
            Self::LiaisonAlready { .. } => "liaison_already_assigned",
            Self::NoLiaison => "no_liaison",
            Self::AssignmentInTheFuture { .. } => "assignment_in_the_future",
            Self::AssignmentOverlaps { .. } => "assignment_overlaps",
            Self::EndBeforeAssignment { .. } => "end_before_assignment",
            Self::NotTheLiaison => "not_the_liaison",
            Self::TalkInTheFuture { .. } => "talk_in_the_future",
            Self::TalkBeforeAssignment { .. } => "talk_before_assignment",
            Self::GistMissing => "talk_gist_missing",
            Self::TalkTextUnfit { .. } => "talk_text_unfit",
            Self::TalkAlreadyRecorded { .. } => "talk_already_recorded",
            Self::TalkUnknown { .. } => "talk_unknown",
            Self::CorrectionEmpty => "correction_empty",
            Self::ReasonMissing => "correction_reason_missing",
        }
    }

    fn article(&self) -> Option<&'static str> {
        match self {
            Self::NotInPool | Self::NotEligible => Some("意见三(三)"),
            Self::OneselfAsLiaison
            | Self::LiaisonNotMember
            | Self::LiaisonWithoutOffice { .. }
            | Self::LiaisonAlready { .. }
            | Self::NoLiaison
            | Self::AssignmentInTheFuture { .. }
            | Self::AssignmentOverlaps { .. }
            | Self::EndBeforeAssignment { .. }
            | Self::NotTheLiaison
            | Self::TalkInTheFuture { .. }
            | Self::TalkBeforeAssignment { .. }
            | Self::GistMissing
            | Self::TalkTextUnfit { .. }
            | Self::TalkAlreadyRecorded { .. }
            | Self::TalkUnknown { .. }
            | Self::CorrectionEmpty
            | Self::ReasonMissing => Some("意见三(四)"),
        }
    }

    fn facts(&self) -> Value {
        match self {
            Self::LiaisonWithoutOffice { on } | Self::AssignmentInTheFuture { on } => json!({ "on": on }),
            Self::LiaisonAlready { since }
            | Self::EndBeforeAssignment { since }
            | Self::TalkBeforeAssignment { since } => json!({ "since": since }),
            Self::AssignmentOverlaps { until } => json!({ "until": until }),
            Self::TalkInTheFuture { held_on } => json!({ "held_on": held_on }),
            Self::TalkTextUnfit { field, fault } => talk_text_unfit(field, *fault),
            Self::TalkAlreadyRecorded { talk } | Self::TalkUnknown { talk } => json!({ "talk": talk }),
            Self::NotInPool
            | Self::NotEligible
            | Self::OneselfAsLiaison
            | Self::LiaisonNotMember
            | Self::NoLiaison
            | Self::NotTheLiaison
            | Self::GistMissing
            | Self::CorrectionEmpty
            | Self::ReasonMissing => json!({}),
        }
    }
}

/// What is wrong with a text: its field, the kind of fault, and how long it is where that is too long.
fn talk_text_unfit(field: &str, fault: TextError) -> Value {
    match fault {
        TextError::Empty => json!({ "field": field, "fault": "empty" }),
        TextError::TooLong { length, limit } => {
            json!({ "field": field, "fault": "too_long", "length": length, "limit": limit })
        }
        TextError::Control(_) => json!({ "field": field, "fault": "control" }),
    }
}

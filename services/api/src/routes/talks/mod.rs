//! 谈心谈话: put on record, and corrected without overwriting.

pub(crate) mod correct;
pub(crate) mod record;

use jiff::civil::Date;
use peiyu_domain::candidate::commands::FollowUpDraft;
use serde::Deserialize;
use utoipa::ToSchema;

/// What is to be done after a talk.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FollowUp {
    /// What.
    what: String,
    /// Until when.
    #[schema(value_type = Option<String>, format = Date)]
    until: Option<Date>,
}

impl From<FollowUp> for FollowUpDraft {
    fn from(follow_up: FollowUp) -> Self {
        Self { what: follow_up.what, until: follow_up.until }
    }
}

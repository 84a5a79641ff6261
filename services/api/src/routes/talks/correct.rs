//! Correct a talk on record.

use axum::extract::State;
use jiff::civil::Date;
use peiyu_domain::candidate::commands::{CorrectTalk, TalkChanges};
use peiyu_domain::values::{PersonId, TalkForm};
use serde::Deserialize;
use utoipa::ToSchema;

use super::FollowUp;
use crate::Api;
use crate::door::{Command, Done, Path};
use crate::problem::Problem;
use crate::words;

/// What is right, and why; what is absent stays as it was.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TalkCorrection {
    /// Day.
    #[schema(value_type = Option<String>, format = Date)]
    held_on: Option<Date>,
    /// Form.
    #[schema(schema_with = words::talk_form, required = false)]
    form: Option<TalkForm>,
    /// 谈话地点.
    place: Option<String>,
    /// 谈话主题.
    topics: Option<Vec<String>>,
    /// 谈话内容.
    gist: Option<String>,
    /// 意见建议.
    wishes: Option<String>,
    /// What is to be done.
    follow_up: Option<FollowUp>,
    /// Why.
    reason: String,
}

impl TalkCorrection {
    fn of(self, talk: u32) -> CorrectTalk {
        let Self { held_on, form, place, topics, gist, wishes, follow_up, reason } = self;
        let follow_up = follow_up.map(Into::into);
        let changes = TalkChanges { held_on, form, place, topics, gist, wishes, follow_up };
        CorrectTalk { talk, changes, reason }
    }
}

/// Correct a talk: the correction stands beside the first wording, which stays.
#[utoipa::path(post, path = "/v1/candidates/{id}/talks/{talk}/corrections", tag = "talks",
    request_body = TalkCorrection,
    params(("id" = Uuid, Path, description = "Id of the candidate."),
        ("talk" = u32, Path, description = "Number of the talk, 1 = first."),
        ("If-Match" = String, Header, description = "Version of the candidate that was seen.")),
    responses((status = 200, body = Done)))]
pub(crate) async fn correct(
    State(api): State<Api>,
    Path((candidate, talk)): Path<(PersonId, u32)>,
    command: Command<TalkCorrection>,
) -> Result<Done, Problem> {
    let (body, request) = command.on_what_was_seen()?;
    Ok(api.application().correct_talk(&request, candidate, body.of(talk)).await?.into())
}

//! Put a talk on record.

use axum::extract::State;
use jiff::civil::Date;
use peiyu_domain::candidate::commands::{RecordTalk, TalkDraft};
use peiyu_domain::values::{PersonId, TalkForm};
use serde::Deserialize;
use utoipa::ToSchema;

use super::FollowUp;
use crate::Api;
use crate::door::{Command, Done, Path};
use crate::problem::Problem;
use crate::words;

/// A talk as it was.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTalk {
    /// Day.
    #[schema(value_type = String, format = Date)]
    held_on: Date,
    /// Form.
    #[schema(schema_with = words::talk_form)]
    form: TalkForm,
    /// 谈话地点, at most 100 characters.
    place: Option<String>,
    /// 谈话主题, each at most 50 characters.
    #[serde(default)]
    topics: Vec<String>,
    /// 谈话内容, at most 4000 characters.
    gist: String,
    /// 意见建议, at most 2000 characters.
    wishes: Option<String>,
    /// What is to be done.
    follow_up: Option<FollowUp>,
}

impl From<NewTalk> for RecordTalk {
    fn from(talk: NewTalk) -> Self {
        let NewTalk { held_on, form, place, topics, gist, wishes, follow_up } = talk;
        let follow_up = follow_up.map(Into::into);
        Self { held_on, form, draft: TalkDraft { place, topics, gist, wishes, follow_up } }
    }
}

/// Put a talk on record; only the candidate's liaison may (Opinions 三(四)).
#[utoipa::path(post, path = "/v1/candidates/{id}/talks", tag = "talks", request_body = NewTalk,
    params(("id" = Uuid, Path, description = "Id of the candidate.")),
    responses((status = 200, body = Done)))]
pub(crate) async fn record(
    State(api): State<Api>,
    Path(candidate): Path<PersonId>,
    command: Command<NewTalk>,
) -> Result<Done, Problem> {
    let (body, request) = command.new_record();
    Ok(api.application().record_talk(&request, candidate, body.into()).await?.into())
}

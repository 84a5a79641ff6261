//! Open an account.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use peiyu_domain::person::{Field, Person};
use peiyu_domain::values::{AccountId, PersonId};
use secrecy::ExposeSecret;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::WithPassword;
use crate::Api;
use crate::door::Command;
use crate::problem::{Code, Problem};

/// For whom: by id, by staff number, or by both when they belong together.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenAccount {
    /// The person's id.
    #[schema(value_type = Option<Uuid>)]
    person: Option<PersonId>,
    /// The person's staff number (工号), with which they will sign in.
    #[serde(alias = "staff_number")]
    login: Option<String>,
}

impl OpenAccount {
    /// The person and their staff number.
    async fn whose(&self, api: &Api) -> Result<(PersonId, String), Problem> {
        let application = api.application();
        match (self.person, self.login.as_deref().map(str::trim)) {
            (Some(person), login) => {
                let loaded = application.load::<Person>(person.0).await?;
                let number = loaded.state.field(Field::StaffNumber).to_owned();
                let fits = !number.is_empty() && login.is_none_or(|login| login == number);
                if fits { Ok((person, number)) } else { Err(Problem::new(Code::NotFound)) }
            }
            (None, Some(number)) => {
                let person = application.person_of_staff_number(number).await?;
                Ok((person.ok_or_else(|| Problem::new(Code::NotFound))?, number.to_owned()))
            }
            (None, None) => Err(Problem::field_unfit("person", "give person or login")),
        }
    }
}

/// Open an account; the answer shows its first password, once.
#[utoipa::path(post, path = "/v1/accounts", tag = "accounts", request_body = OpenAccount,
    responses((status = 201, body = WithPassword)))]
pub(crate) async fn open(
    State(api): State<Api>,
    command: Command<OpenAccount>,
) -> Result<(StatusCode, Json<WithPassword>), Problem> {
    let (body, request) = command.new_record();
    let (person, login) = body.whose(&api).await?;
    let account = AccountId(Uuid::now_v7());
    let answer = api.application().open_account(&request, account, Some(person), &login).await?;
    let password = api.sign_in().first_password(AccountId(answer.id)).await?;
    let password = password.map(|password| password.expose_secret().to_owned());
    let body = WithPassword { id: answer.id, version: answer.version, event: answer.event, password };
    Ok((StatusCode::CREATED, Json(body)))
}

//! Issue a token.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use peiyu_domain::values::Text;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Api;
use crate::door::{Body, Caller};
use crate::problem::{Code, Problem};

/// How a token is called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    /// What it is for, such as the program's name.
    #[schema(value_type = String, min_length = 1, max_length = 60)]
    name: Text<60>,
}

/// A token, shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct Issued {
    /// By which it is taken back.
    id: Uuid,
    /// `Authorization: Bearer <token>`; not shown again.
    token: String,
}

/// Issue a token for one's own account; it may what the account may, until it is taken back.
#[utoipa::path(post, path = "/v1/tokens", tag = "sign-in", request_body = NewToken,
    responses((status = 201, body = Issued)))]
pub(crate) async fn issue(
    State(api): State<Api>,
    caller: Caller,
    Body(new): Body<NewToken>,
) -> Result<(StatusCode, Json<Issued>), Problem> {
    let account = caller.account().ok_or_else(|| Problem::new(Code::PersonNeeded))?;
    let issued = api.sign_in().issue_token(account, new.name.as_str()).await?;
    let (id, token) =
        issued.ok_or_else(|| Problem::with_facts(Code::Duplicate, json!({ "kind": "token" })))?;
    Ok((StatusCode::CREATED, Json(Issued { id, token: token.expose_secret().to_owned() })))
}

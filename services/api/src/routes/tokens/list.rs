//! One's own tokens.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Api;
use crate::door::Caller;
use crate::problem::Problem;
use crate::sign_in::Token;

/// Tokens, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tokens {
    /// At most 20.
    items: Vec<Token>,
}

/// One's own tokens; the tokens themselves are not kept.
#[utoipa::path(get, path = "/v1/tokens", tag = "sign-in", responses((status = 200, body = Tokens)))]
pub(crate) async fn list(State(api): State<Api>, caller: Caller) -> Result<Json<Tokens>, Problem> {
    let items = match caller.account() {
        Some(account) => api.sign_in().tokens(account).await?,
        None => Vec::new(),
    };
    Ok(Json(Tokens { items }))
}

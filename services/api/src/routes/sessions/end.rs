//! Sign out.

use axum::extract::State;
use axum::http::StatusCode;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;

use crate::Api;
use crate::door::Caller;
use crate::door::caller::COOKIE;
use crate::problem::Problem;

/// End the present session; a token stays as it is.
#[utoipa::path(delete, path = "/v1/sessions/current", tag = "sign-in",
    responses((status = 204, description = "Signed out.")))]
pub(crate) async fn end(
    State(api): State<Api>,
    caller: Caller,
    jar: CookieJar,
) -> Result<(StatusCode, CookieJar), Problem> {
    if let Some(id) = caller.session() {
        api.sign_in().end(id).await?;
    }
    Ok((StatusCode::NO_CONTENT, jar.remove(Cookie::build(COOKIE).path("/").build())))
}

//! Sign in with staff number and password.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use peiyu_workbooks::{Width, clean};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::Api;
use crate::door::caller::COOKIE;
use crate::door::{Body, client};
use crate::problem::{Code, Problem};
use crate::sign_in::{Keys, SignInError};

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    /// 工号.
    #[serde(alias = "staff_number")]
    login: String,
    /// Password.
    #[schema(value_type = String, format = Password)]
    password: SecretString,
}

/// A session that has begun; its id is also in the cookie.
#[derive(Serialize, ToSchema)]
pub(crate) struct Begun {
    /// The session as a bearer token, for programs without cookies; shown once.
    token: String,
    /// Whether the password was issued by an officer and should be changed now.
    must_change_password: bool,
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Failed => Self::new(Code::LoginFailed),
            SignInError::Braked { seconds } => {
                Self::with_facts(Code::TooManyAttempts, json!({ "seconds": seconds })).retry_after(seconds)
            }
            SignInError::Unfit => Self::with_facts(
                Code::PasswordUnfit,
                json!({ "least": crate::sign_in::SHORTEST, "most": crate::sign_in::LONGEST }),
            ),
            SignInError::Database(error) => error.into(),
            SignInError::Hash(_) | SignInError::CutOff(_) => Self::internal(error),
        }
    }
}

/// Sign in: the answer sets a session cookie.
#[utoipa::path(post, path = "/v1/sessions", tag = "sign-in", request_body = Login,
    responses((status = 201, description = "Signed in.", body = Begun)))]
pub(crate) async fn begin(
    State(api): State<Api>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    jar: CookieJar,
    Body(login): Body<Login>,
) -> Result<(StatusCode, CookieJar, Json<Begun>), Problem> {
    // Read as rosters are: a Chinese keyboard gives full-width digits. To the brake it is the same login.
    let (staff_number, _) = clean(&login.login, Width::Everything);
    let vault = api.application().vault();
    let address = client::address(&headers, peer.ip(), api.trusted_proxies());
    let key = |of: String| vault.keyed_hash("attempt", &of);
    let keys = Keys {
        login: key(format!("{staff_number}\n{address}")),
        // Behind a proxy on this machine that is not named in the settings, everybody has this address.
        address: (!address.is_loopback()).then(|| key(address.to_string())),
    };
    let account = api.application().account_of_login(&staff_number).await?;
    let session = api.sign_in().begin(account, login.password, &keys).await?;
    let token = session.id.clone();
    let cookie = Cookie::build((COOKIE, session.id))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(api.is_secure())
        .build();
    let begun = Begun { token, must_change_password: session.must_change };
    Ok((StatusCode::CREATED, jar.add(cookie), Json(begun)))
}

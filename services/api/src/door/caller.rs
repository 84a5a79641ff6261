//! Who asks: found from the session cookie or the bearer token, with the offices held today.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum_extra::extract::CookieJar;
use peiyu_application::CommandError;
use peiyu_domain::Actor;
use peiyu_domain::access::{Right, Scope, may, scope_for};
use peiyu_domain::values::{AccountId, PersonId};
use serde_json::json;

use crate::Api;
use crate::problem::{Code, Problem};
use crate::sign_in::{Purpose, Whose};

/// Name of the session cookie.
pub(crate) const COOKIE: &str = "peiyu_session";

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) struct Caller(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    actor: Actor,
    account: Option<AccountId>,
    session: Option<String>,
}

impl Caller {
    /// The actor, as of today.
    pub(crate) fn actor(&self) -> &Actor {
        &self.0.actor
    }

    /// The account; the operator has none.
    pub(crate) fn account(&self) -> Option<AccountId> {
        self.0.account
    }

    /// The session's id, when there is a session.
    pub(crate) fn session(&self) -> Option<&str> {
        self.0.session.as_deref()
    }

    /// The person; 403 for accounts without one.
    pub(crate) fn person(&self) -> Result<PersonId, Problem> {
        self.0.actor.person.ok_or_else(|| Problem::new(Code::PersonNeeded))
    }

    /// 403 without the right.
    pub(crate) fn must(&self, right: Right) -> Result<(), Problem> {
        if may(&self.0.actor, right) {
            return Ok(());
        }
        Err(Problem::with_facts(Code::Forbidden, json!({ "right": right.as_str() })))
    }

    /// Where they may do this.
    pub(crate) fn scope(&self, right: Right) -> Scope {
        scope_for(&self.0.actor, right)
    }
}

/// The bearer token of a request.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Finds out who asks; 401 when nobody does.
pub(crate) async fn identify(api: &Api, headers: &HeaderMap, purpose: Purpose) -> Result<Caller, Problem> {
    let (whose, session) = match bearer(headers) {
        Some(token) => (api.sign_in().by_token(token, purpose).await?, Some(token.to_owned())),
        None => {
            let jar = CookieJar::from_headers(headers);
            let session = jar.get(COOKIE).map(|cookie| cookie.value().to_owned());
            let whose = match &session {
                Some(id) => api.sign_in().by_session(id, purpose).await?,
                None => None,
            };
            (whose, session)
        }
    };
    let (actor, account) = match whose {
        None => return Err(Problem::new(Code::NotSignedIn)),
        Some(Whose::Operator) => (api.application().operator(), None),
        Some(Whose::Account(account)) => match api.application().actor(account).await {
            Ok(actor) => (actor, Some(account)),
            Err(CommandError::NotFound { .. }) => return Err(Problem::new(Code::NotSignedIn)),
            Err(error) => return Err(error.into()),
        },
    };
    Ok(Caller(Arc::new(Inner { actor, account, session })))
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Problem::new(Code::NotSignedIn))
    }
}

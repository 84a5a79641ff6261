//! The guard before every route: same site, who asks, which right, and an `Idempotency-Key` on every POST.

use axum::extract::Request;
use axum::http::Method;
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse;
use peiyu_domain::access::Right;
use utoipa_axum::router::{UtoipaMethodRouter, UtoipaMethodRouterExt};

use super::caller::{bearer, identify};
use super::command::CommandKey;
use super::site;
use crate::Api;
use crate::problem::{Code, Problem};
use crate::sign_in::Purpose;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anybody, signed in or not.
    Open,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever holds the right, by office or grant.
    Right(Right),
}

/// Puts the guard before the methods of a route.
pub(crate) fn guarded(access: Access, routes: UtoipaMethodRouter<Api>) -> UtoipaMethodRouter<Api> {
    let check = move |request: Request, next: Next| async move {
        match pass(access, request).await {
            Ok(request) => next.run(request).await,
            Err(problem) => problem.into_response(),
        }
    };
    routes.map(|routes| routes.route_layer(from_fn(check)))
}

/// Authenticate, authorise, then look at the form.
async fn pass(access: Access, mut request: Request) -> Result<Request, Problem> {
    let api = request.extensions().get::<Api>().cloned();
    let api = api.ok_or_else(|| Problem::new(Code::Internal))?;
    let headers = request.headers();
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    // A browser never sends a bearer token by itself.
    if changes && bearer(headers).is_none() {
        site::check(headers, api.origin())?;
    }
    match access {
        Access::Open => {}
        Access::SignedIn => {
            let caller = identify(&api, headers, Purpose::Request).await?;
            request.extensions_mut().insert(caller);
        }
        Access::Right(right) => {
            let caller = identify(&api, headers, Purpose::Request).await?;
            caller.must(right)?;
            request.extensions_mut().insert(caller);
        }
    }
    let key = CommandKey::read(request.headers())?;
    match key {
        Some(key) => {
            request.extensions_mut().insert(key);
        }
        None if request.method() == Method::POST => return Err(Problem::new(Code::IdempotencyKeyMissing)),
        None => {}
    }
    Ok(request)
}

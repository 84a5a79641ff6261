//! The whole tree; organisations are no persons, so whoever is signed in sees it.

use axum::extract::State;
use peiyu_views::{View, organisations};
use serde_json::Value;

use crate::Api;
use crate::door::page::{Page, row};
use crate::door::{After, Shown};
use crate::problem::Problem;

/// Every organisation.
#[utoipa::path(get, path = "/v1/organisations", tag = "organisations", responses((status = 200, body = Page)))]
pub(crate) async fn list(State(api): State<Api>, after: After) -> Result<Shown<Page>, Problem> {
    let position = after.wait(&api, &[View::Organisations]).await?;
    let all = organisations::all(api.pool()).await?;
    let items: Result<Vec<Value>, Problem> = all.iter().map(row).collect();
    Ok(Shown { position, body: Page::whole(items?) })
}

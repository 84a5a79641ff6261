//! One class.

use axum::extract::State;
use peiyu_domain::values::ClassId;
use peiyu_views::{View, training};
use serde_json::Value;

use crate::Api;
use crate::door::page::row;
use crate::door::{After, Path, Shown};
use crate::problem::{Code, Problem};

/// One class, as the list has it.
#[utoipa::path(get, path = "/v1/trainings/{id}", tag = "trainings",
    params(("id" = Uuid, Path, description = "Id of the class.")),
    responses((status = 200, body = Object)))]
pub(crate) async fn show(
    State(api): State<Api>,
    after: After,
    Path(class): Path<ClassId>,
) -> Result<Shown<Value>, Problem> {
    let position = after.wait(&api, &[View::Training]).await?;
    let class = training::by_id(api.pool(), class).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(Shown { position, body: row(&class)? })
}

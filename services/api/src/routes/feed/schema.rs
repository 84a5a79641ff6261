//! The JSON Schema of one kind of event.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;

use crate::door::Path;
use crate::problem::{Code, Problem};

static SCHEMAS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let schemas = crate::contracts::schemas().into_iter();
    schemas.map(|(kind, schema)| (format!("{kind}.json"), schema.to_string())).collect()
});

/// The JSON Schema of an event's `data`, by its `type`; sealed fields are described as outsiders see them.
#[utoipa::path(get, path = "/v1/schemas/{type}", tag = "descriptions",
    params(("type" = String, Path, description = "The event's type, followed by `.json`.")),
    responses((status = 200, description = "JSON Schema.", content_type = "application/schema+json")))]
pub(crate) async fn schema(Path(kind): Path<String>) -> Result<impl IntoResponse, Problem> {
    let schema = SCHEMAS.get(&kind).ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(([(header::CONTENT_TYPE, "application/schema+json")], schema.as_str()))
}

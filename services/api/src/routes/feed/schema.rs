//! The JSON Schema of one kind of event.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;

use crate::door::Path;
use crate::problem::{Code, Problem};

static SCHEMAS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let schemas = crate::contracts::schemas().into_iter();
    schemas.map(|(kind, schema)| (kind, schema.to_string())).collect()
});

/// The JSON Schema of an event's `data`, by its `type`; sealed fields are described as outsiders see them.
#[utoipa::path(get, path = "/v1/schemas/{type}", tag = "descriptions",
    params(("type" = String, Path, description = "The event's type, followed by `.json`: \
        `peiyu.candidate.TalkRecorded.v1.json`, or `candidate.TalkRecorded.json` for its newest version.")),
    responses((status = 200, description = "JSON Schema.", content_type = "application/schema+json")))]
pub(crate) async fn schema(Path(kind): Path<String>) -> Result<impl IntoResponse, Problem> {
    let schema = kind.strip_suffix(".json").and_then(|kind| SCHEMAS.get(kind).or_else(|| newest(kind)));
    let schema = schema.ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(([(header::CONTENT_TYPE, "application/schema+json")], schema.as_str()))
}

/// The newest version of `<aggregate>.<EventName>`, the name by which subscribers choose their events.
fn newest(name: &str) -> Option<&'static String> {
    let stem = format!("peiyu.{name}.v");
    let versions = SCHEMAS
        .range(stem.clone()..)
        .map_while(|(kind, schema)| Some((kind.strip_prefix(stem.as_str())?, schema)))
        .filter_map(|(version, schema)| Some((version.parse::<u32>().ok()?, schema)));
    versions.max_by_key(|(version, _)| *version).map(|(_, schema)| schema)
}

//! Lists: a page of rows, and where the next begins.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::problem::{Code, Problem};

/// Rows of a page unless asked otherwise.
pub(crate) const USUAL: i64 = 50;
/// Most rows of a page.
pub(crate) const MOST: i64 = 200;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page {
    /// Rows.
    #[schema(value_type = Vec<Object>)]
    pub(crate) items: Vec<Value>,
    /// To be sent back as `cursor`; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_cursor: Option<String>,
}

impl Page {
    /// A list that is whole.
    pub(crate) fn whole(items: Vec<Value>) -> Self {
        Self { items, next_cursor: None }
    }
}

/// The limit asked for, within bounds.
pub(crate) fn limit(asked: Option<i64>) -> Result<i64, Problem> {
    let limit = asked.unwrap_or(USUAL);
    if (1..=MOST).contains(&limit) {
        return Ok(limit);
    }
    Err(Problem::with_facts(Code::ParameterUnfit, json!({ "fault": format!("limit: 1 to {MOST}") })))
}

/// A cursor as it travels: ids and days, never a name.
pub(crate) fn encode<T: Serialize>(cursor: &T) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(cursor).unwrap_or_default())
}

/// Reads a cursor back.
pub(crate) fn decode<T: DeserializeOwned>(cursor: &str) -> Result<T, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let read = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    read.ok_or_else(|| Problem::with_facts(Code::ParameterUnfit, json!({ "fault": "cursor" })))
}

/// A row of a read model as JSON.
pub(crate) fn row(value: &impl Serialize) -> Result<Value, Problem> {
    serde_json::to_value(value).map_err(Problem::internal)
}

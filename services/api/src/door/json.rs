//! Reads JSON bodies: 1 MiB, known fields only, and a fault says which field, line and column.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_json::json;

use crate::problem::{Code, Problem};

/// Most bytes of a body that is no upload.
pub(crate) const MOST_BYTES: usize = 1024 * 1024;

/// A JSON body of a request that changes nothing in the store.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = bytes(request, state).await?;
        parse(&bytes).map(Self)
    }
}

/// The whole body, if it is JSON by its type and not too large.
pub(crate) async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    if !is_json(request.headers()) {
        return Err(Problem::with_facts(Code::ContentTypeUnfit, json!({ "expected": "application/json" })));
    }
    Bytes::from_request(request, state).await.map_err(|rejection| {
        if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
            Problem::with_facts(Code::TooLarge, json!({ "most": MOST_BYTES }))
        } else {
            Problem::with_facts(Code::FormUnfit, json!({ "fault": rejection.body_text() }))
        }
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

/// Parses a body.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| fault(&error.path().to_string(), error.inner()))?;
    deserializer.end().map_err(|error| fault(".", &error))?;
    Ok(value)
}

fn fault(path: &str, error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        Category::Data => Problem::with_facts(
            Code::FieldUnfit,
            json!({ "field": path, "line": line, "column": column, "fault": text }),
        ),
        Category::Io | Category::Syntax | Category::Eof => {
            Problem::with_facts(Code::MalformedJson, json!({ "line": line, "column": column, "fault": text }))
        }
    }
}

#[cfg(test)]
mod tests {
    use peiyu_language::Language;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "only read by serde")]
        inner: Inner,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "only read by serde")]
        number: u32,
    }

    fn refused(text: &str) -> (String, serde_json::Value) {
        match parse::<Outer>(text.as_bytes()) {
            Ok(_) => panic!("{text} was taken"),
            Err(problem) => (problem.code().to_owned(), problem.body(Language::En, "/", "").facts),
        }
    }

    #[test]
    fn a_fault_names_its_field_line_and_column() {
        let (code, facts) = refused("{\n \"inner\": { \"number\": \"seven\" } }");
        assert_eq!((code.as_str(), &facts["field"]), ("field_unfit", &json!("inner.number")));
        assert_eq!((&facts["line"], &facts["column"]), (&json!(2), &json!(29)));
    }

    #[test]
    fn unknown_fields_and_trailing_text_are_refused() {
        assert_eq!(refused(r#"{"inner":{"number":1,"more":2}}"#).0, "field_unfit");
        assert_eq!(refused(r#"{"inner":{"number":1}} {}"#).0, "malformed_json");
        assert_eq!(refused("{").0, "malformed_json");
        assert_eq!(refused("").0, "malformed_json");
    }
}

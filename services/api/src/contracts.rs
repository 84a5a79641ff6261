//! What is promised to the outside, generated from the code: `openapi.json` and the events' JSON Schema.

use std::collections::BTreeMap;

use peiyu_contracts::envelope::cloud_event_type;
use peiyu_domain::AnyEvent;
use serde_json::{Value, json};

use crate::problem::ProblemBody;
use crate::routes;

/// The description of every route (OpenAPI 3.1).
#[must_use]
pub fn openapi() -> Value {
    let (_, described) = routes::all().split_for_parts();
    let mut document = serde_json::to_value(&described).unwrap_or_default();
    document["info"] = json!({
        "title": "Peiyu",
        "description": "Membership development of a university's Party organisations: commands and queries.",
        "version": env!("CARGO_PKG_VERSION"),
        "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
    });
    let problem = <ProblemBody as utoipa::PartialSchema>::schema();
    document["components"]["schemas"]["Problem"] = serde_json::to_value(problem).unwrap_or_default();
    document["components"]["securitySchemes"] = json!({
        "token": { "type": "http", "scheme": "bearer" },
        "session": { "type": "apiKey", "in": "cookie", "name": crate::door::caller::COOKIE },
    });
    document["security"] = json!([{ "token": [] }, { "session": [] }]);
    if let Some(paths) = document["paths"].as_object_mut() {
        for operations in paths.values_mut().filter_map(Value::as_object_mut) {
            for (method, operation) in operations {
                complete(method, operation);
            }
        }
    }
    document
}

/// What holds for every operation: a key on POST, problems for whatever goes wrong.
fn complete(method: &str, operation: &mut Value) {
    operation["responses"]["default"] = json!({
        "description": "A problem (RFC 9457).",
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
    });
    let mut parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    if method == "post" {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": true,
            "description": "A new UUID for each request; the same one when it is sent again.",
            "schema": { "type": "string", "format": "uuid" },
        }));
    }
    parameters.push(json!({
        "name": "Accept-Language", "in": "header", "required": false,
        "description": "Language of sentences: zh (default) or en.",
        "schema": { "type": "string" },
    }));
    operation["parameters"] = Value::Array(parameters);
}

/// The JSON Schema of every event by its CloudEvents type, as `/v1/schemas/<type>.json` serves it.
#[must_use]
pub fn schemas() -> BTreeMap<String, Value> {
    let mut schemas = BTreeMap::new();
    for (aggregate, names, whole) in AnyEvent::catalogue() {
        let whole = Value::from(whole);
        for name in names {
            if let Some(schema) = of_event(&whole, name) {
                let kind = cloud_event_type(aggregate, name, 1);
                schemas.insert(kind.clone(), finished(schema, &whole, &kind));
            }
        }
    }
    schemas
}

/// The part of an aggregate's schema that is this event's.
fn of_event(whole: &Value, name: &str) -> Option<Value> {
    let parts = whole.get("oneOf").and_then(Value::as_array);
    let is_this =
        |part: &&Value| part.pointer("/properties/event/const").and_then(Value::as_str) == Some(name);
    match parts {
        Some(parts) => parts.iter().find(is_this).cloned(),
        None => Some(whole.clone()),
    }
}

/// A document of its own: what it refers to comes along, and only that.
fn finished(mut schema: Value, whole: &Value, kind: &str) -> Value {
    let mut wanted = references(&schema);
    let mut definitions = serde_json::Map::new();
    while let Some(name) = wanted.pop() {
        let definition = whole.get("$defs").and_then(|all| all.get(&name));
        if let (false, Some(definition)) = (definitions.contains_key(&name), definition) {
            wanted.extend(references(definition));
            definitions.insert(name, definition.clone());
        }
    }
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["$id"] = json!(format!("/v1/schemas/{kind}.json"));
    schema["title"] = json!(kind);
    if definitions.is_empty() {
        if let Some(fields) = schema.as_object_mut() {
            fields.remove("$defs");
        }
    } else {
        schema["$defs"] = Value::Object(definitions);
    }
    schema
}

fn references(schema: &Value) -> Vec<String> {
    match schema {
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(Value::as_str);
            let own = own.and_then(|text| text.strip_prefix("#/$defs/")).map(str::to_owned);
            let inner =
                fields.iter().filter(|(name, _)| *name != "$defs").flat_map(|(_, value)| references(value));
            own.into_iter().chain(inner).collect()
        }
        Value::Array(values) => values.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    /// Set to write the files instead of comparing them.
    const WRITE: &str = "PEIYU_WRITE";

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/contracts")
    }

    fn text(value: &Value) -> String {
        format!("{}\n", serde_json::to_string_pretty(value).unwrap())
    }

    /// Compares what is generated with what is committed.
    fn check(file: &Path, generated: &str) {
        if std::env::var_os(WRITE).is_some() {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, generated).unwrap();
        }
        let committed = std::fs::read_to_string(file).unwrap_or_default();
        assert!(
            committed == generated,
            "{} differs from the code; {WRITE}=1 cargo test -p peiyu-api contracts writes it anew",
            file.display()
        );
    }

    #[test]
    fn openapi_json_is_what_the_code_says() {
        check(&folder().join("openapi.json"), &text(&openapi()));
    }

    #[test]
    fn asyncapi_yaml_is_what_the_code_says() {
        check(&folder().join("asyncapi.yaml"), &crate::asyncapi::yaml(&crate::asyncapi::asyncapi()));
    }

    /// What AsyncAPI's own JSON Schema says of a document; empty when it fits.
    fn faults_of(document: &Value) -> String {
        let python = std::env::var("PEIYU_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let mut command = std::process::Command::new(&python);
        command.arg(folder().join("validate_asyncapi.py"));
        command.stdin(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let mut program = command.spawn().unwrap_or_else(|error| panic!("{python}: {error}"));
        serde_json::to_writer(program.stdin.take().unwrap(), document).unwrap();
        let output = program.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.success(), said.is_empty(), "{said}");
        said
    }

    #[test]
    fn asyncapi_yaml_is_valid_by_the_schema_of_asyncapi() {
        let mut document = crate::asyncapi::asyncapi();
        assert_eq!(faults_of(&document), "");
        document["operations"]["publish.candidate.TalkRecorded"]["action"] = json!("shout");
        assert_ne!(faults_of(&document), "", "the check can fail");
    }

    #[test]
    fn every_event_has_a_schema_and_it_is_what_the_code_says() {
        let schemas = schemas();
        let names: usize = AnyEvent::catalogue().iter().map(|(_, names, _)| names.len()).sum();
        assert_eq!(schemas.len(), names, "an event without a schema");
        for (kind, schema) in &schemas {
            check(&folder().join("schemas").join(format!("{kind}.json")), &text(schema));
        }
    }

    #[test]
    fn no_released_schema_has_been_taken_away() {
        let schemas = schemas();
        for file in std::fs::read_dir(folder().join("schemas")).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            let kind = name.trim_end_matches(".json");
            assert!(schemas.contains_key(kind), "{kind} was released and cannot be read any more");
        }
    }

    #[test]
    fn a_schema_stands_alone() {
        let schema = &schemas()["peiyu.candidate.TalkRecorded.v1"];
        for name in references(schema) {
            assert!(schema["$defs"].get(&name).is_some(), "{name} is missing");
        }
        assert_eq!(schema["properties"]["event"]["const"], "TalkRecorded");
    }
}

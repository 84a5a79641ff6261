//! `asyncapi.yaml` (AsyncAPI 3.0): subjects and events as subscribers on NATS meet them, made from the events' schemas.

use std::collections::BTreeMap;

use peiyu_contracts::subject::PARTITIONS;
use serde_json::{Map, Value, json};

use crate::contracts::schemas;

/// Headers of every message: name, what it says, whether it is always there.
const HEADERS: &[(&str, &str, bool)] = &[
    ("Nats-Msg-Id", "The event's id again; NATS refuses a second one within two minutes.", true),
    ("ce-specversion", "CloudEvents version, 1.0.", true),
    ("ce-id", "Id of the event (UUIDv7): what comes twice has the same one.", true),
    ("ce-type", "peiyu.<aggregate>.<EventName>.v<N>.", true),
    ("ce-source", "/peiyu/<tenant>.", true),
    ("ce-subject", "<aggregate>/<id>.", true),
    ("ce-time", "When it was recorded, RFC 3339 in UTC.", true),
    ("ce-datacontenttype", "application/json.", true),
    ("ce-dataschema", "Where the JSON Schema of the data is served.", true),
    ("ce-sequence", "1, 2, 3, … within the aggregate.", true),
    ("ce-position", "Place in the feed, the stream's sequence.", true),
    ("ce-epoch", "Life of the feed between two restores.", true),
    ("ce-correlationid", "The whole piece of work.", true),
    ("ce-origin", "live, transcribed or import.", true),
    ("ce-causationid", "What caused it.", false),
    ("ce-occurredon", "Civil day on which it happened.", false),
    ("ce-policyversion", "Policy version it was judged by.", false),
    ("ce-actor", "Person who acted.", false),
    ("ce-traceparent", "W3C trace context of the request that caused it.", false),
    ("peiyu-metadata", "The whole envelope as JSON, for Peiyu's own services.", false),
];

/// The description of every subject and message.
#[must_use]
pub fn asyncapi() -> Value {
    let (mut channels, mut operations, mut messages) = (Map::new(), Map::new(), Map::new());
    let mut shared = Shared::default();
    for (kind, schema) in schemas() {
        let Some((aggregate, event)) = parts(&kind) else { continue };
        let name = format!("{aggregate}.{event}");
        let channel = channels.entry(name.clone()).or_insert_with(|| channel(aggregate, event));
        channel["messages"][&kind] = json!({ "$ref": format!("#/components/messages/{kind}") });
        let operation = operations.entry(format!("publish.{name}")).or_insert_with(|| {
            json!({ "action": "send", "channel": { "$ref": format!("#/channels/{name}") }, "messages": [] })
        });
        if let Some(sent) = operation["messages"].as_array_mut() {
            sent.push(json!({ "$ref": format!("#/channels/{name}/messages/{kind}") }));
        }
        messages.insert(kind.clone(), message(&kind, event, shared.payload(&kind, schema)));
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Peiyu",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Events of membership development, in one order, as CloudEvents 1.0 in binary mode on \
                NATS JetStream. Stream PEIYU_<tenant>_<epoch>; the stream's sequence is the feed's position. \
                Personal fields are sealed. Access: peiyu subscriber add NAME.",
            "license": { "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" },
        },
        "defaultContentType": "application/json",
        "servers": { "nats": {
            "host": "{host}", "protocol": "nats", "protocolVersion": "2.14",
            "description": "nats-server 2.14.3 or later with JetStream.",
            "variables": { "host": { "default": "127.0.0.1:4222", "description": "Host and port." } },
            "security": [{ "$ref": "#/components/securitySchemes/user" }],
        } },
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": shared.all(),
            "securitySchemes": { "user": {
                "type": "userPassword", "description": "As printed by peiyu subscriber add.",
            } },
            "parameters": {
                "tenant": { "description": "Short name of the university." },
                "partition": { "description": format!(
                    "00 to {}: FNV-1a (64 bits) over the 16 bytes of the aggregate's id, modulo {PARTITIONS}.",
                    PARTITIONS - 1
                ) },
            },
        },
    })
}

/// `peiyu.<aggregate>.<EventName>.v<N>` -> aggregate and event.
fn parts(kind: &str) -> Option<(&str, &str)> {
    let (aggregate, event) = kind.strip_prefix("peiyu.")?.split_once('.')?;
    Some((aggregate, event.split_once('.')?.0))
}

fn channel(aggregate: &str, event: &str) -> Value {
    json!({
        "address": format!("peiyu.v1.{{tenant}}.{aggregate}.{{partition}}.{event}"),
        "messages": {},
        "parameters": {
            "tenant": { "$ref": "#/components/parameters/tenant" },
            "partition": { "$ref": "#/components/parameters/partition" },
        },
    })
}

fn message(kind: &str, event: &str, payload: Value) -> Value {
    json!({
        "name": kind, "title": event, "contentType": "application/json",
        "headers": { "$ref": "#/components/schemas/headers" },
        "payload": payload,
    })
}

/// Schemas that several messages refer to, each once.
#[derive(Debug, Default)]
struct Shared(BTreeMap<String, Value>);

impl Shared {
    /// The schema of one event's data, its definitions moved to the components.
    fn payload(&mut self, kind: &str, mut schema: Value) -> Value {
        let mut names = BTreeMap::new();
        let definitions = schema.as_object_mut().and_then(|fields| fields.remove("$defs"));
        let definitions = definitions.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
        for (name, definition) in &definitions {
            // Two aggregates may call different things alike.
            let same = self.0.get(name).is_none_or(|known| *known == moved(definition, &BTreeMap::new()));
            names.insert(name.clone(), if same { name.clone() } else { format!("{kind}.{name}") });
        }
        for (name, definition) in &definitions {
            self.0.insert(names[name].clone(), moved(definition, &names));
        }
        if let Some(fields) = schema.as_object_mut() {
            fields.remove("$id");
            fields.remove("$schema");
        }
        moved(&schema, &names)
    }

    fn all(self) -> Value {
        let properties = HEADERS
            .iter()
            .map(|(name, says, _)| ((*name).to_owned(), json!({ "type": "string", "description": says })));
        let required: Vec<&str> =
            HEADERS.iter().filter(|(_, _, always)| *always).map(|(name, ..)| *name).collect();
        let headers = json!({
            "type": "object", "properties": properties.collect::<Map<_, _>>(), "required": required,
        });
        let mut all: Map<String, Value> = self.0.into_iter().collect();
        all.insert("headers".to_owned(), headers);
        Value::Object(all)
    }
}

/// References to `$defs` become references to the components.
fn moved(schema: &Value, names: &BTreeMap<String, String>) -> Value {
    match schema {
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| {
                    let target = value.as_str().and_then(|text| text.strip_prefix("#/$defs/"));
                    match target.filter(|_| name == "$ref") {
                        Some(target) => {
                            let target = names.get(target).map_or(target, String::as_str);
                            (name.clone(), json!(format!("#/components/schemas/{target}")))
                        }
                        None => (name.clone(), moved(value, names)),
                    }
                })
                .collect(),
        ),
        Value::Array(values) => values.iter().map(|value| moved(value, names)).collect(),
        other => other.clone(),
    }
}

/// A document as YAML 1.2: blocks, with every text in JSON's quotes, which YAML reads alike.
#[must_use]
pub fn yaml(document: &Value) -> String {
    let mut text = String::new();
    write(&mut text, document, 0);
    text
}

fn write(text: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                text.push_str(&format!("{indent}{}:", Value::from(name.as_str())));
                write_behind(text, value, depth);
            }
        }
        Value::Array(values) => {
            for value in values {
                text.push_str(&format!("{indent}-"));
                write_behind(text, value, depth);
            }
        }
        scalar => text.push_str(&format!("{indent}{scalar}\n")),
    }
}

/// What follows a key or a dash: on the same line when it is short, else in lines of its own.
fn write_behind(text: &mut String, value: &Value, depth: usize) {
    let is_block = match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(values) => !values.is_empty(),
        _ => false,
    };
    if is_block {
        text.push('\n');
        write(text, value, depth + 1);
    } else {
        text.push_str(&format!(" {value}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_a_message_with_its_own_subject() {
        let document = asyncapi();
        for kind in schemas().keys() {
            let message = &document["components"]["messages"][kind];
            assert_eq!(message["payload"]["title"], kind.as_str());
            let (aggregate, event) = parts(kind).unwrap_or_default();
            let address = &document["channels"][format!("{aggregate}.{event}")]["address"];
            assert_eq!(address, &format!("peiyu.v1.{{tenant}}.{aggregate}.{{partition}}.{event}"));
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn walk(document: &Value, value: &Value, found: &mut usize) {
            if let Some(target) = value.get("$ref").and_then(Value::as_str) {
                assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target} leads nowhere");
                *found += 1;
            }
            match value {
                Value::Object(fields) => fields.values().for_each(|value| walk(document, value, found)),
                Value::Array(values) => values.iter().for_each(|value| walk(document, value, found)),
                _ => {}
            }
        }
        let document = asyncapi();
        let mut found = 0;
        walk(&document, &document, &mut found);
        assert!(found > 100, "{found}");
    }

    #[test]
    fn yaml_keeps_structure_and_texts() {
        let document = json!({ "a": { "b": [1, { "c": "x: \"y\" # 培" }, []], "d": {} }, "e f": null });
        let wanted = "\"a\":\n  \"b\":\n    - 1\n    -\n      \"c\": \"x: \\\"y\\\" # 培\"\n    - []\n  \"d\": {}\n\"e f\": null\n";
        assert_eq!(yaml(&document), wanted);
    }
}

//! Walks an event's JSON and seals or opens the marked fields, each bound to event and place.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use peiyu_contracts::marks::{ERASED, SEALED, SENSITIVE};
use serde_json::{Map, Value};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::cipher::{self, NotOpened};
use crate::error::{SealError, UnsealError};
use crate::master::Secret;

/// `serde_json` reads no deeper either.
const DEEPEST: usize = 120;

/// What a sealed field belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner {
    pub subject: Uuid,
    pub event: Uuid,
}

impl Owner {
    /// Subject, event and pointer; the first two are of fixed length, so no two places look alike.
    pub(crate) fn place(self, pointer: &str) -> Vec<u8> {
        [self.subject.as_bytes().as_slice(), self.event.as_bytes(), pointer.as_bytes()].concat()
    }
}

/// Replaces each `{"$sensitive": v}` by `{"$sealed": "base64"}`.
pub(crate) fn seal(key: &Secret, owner: Owner, plain: &Value) -> Result<Value, SealError> {
    seal_at(key, owner, plain, "", 0)
}

fn seal_at(key: &Secret, owner: Owner, plain: &Value, at: &str, depth: usize) -> Result<Value, SealError> {
    if depth > DEEPEST {
        return Err(SealError::TooDeep);
    }
    match plain {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(plain.clone()),
        Value::Array(items) => {
            let each = items.iter().zip(0_usize..);
            each.map(|(item, n)| seal_at(key, owner, item, &format!("{at}/{n}"), depth + 1)).collect()
        }
        Value::Object(fields) => match mark(fields) {
            Mark::None => each_field(fields, at, |field, at| seal_at(key, owner, field, at, depth + 1)),
            Mark::Sensitive(inner) => seal_field(key, owner, inner, at),
            Mark::Sealed(_) | Mark::Erased | Mark::Broken => {
                Err(SealError::ForgedMark { pointer: at.into() })
            }
        },
    }
}

fn seal_field(key: &Secret, owner: Owner, inner: &Value, at: &str) -> Result<Value, SealError> {
    let failed = || SealError::Failed { pointer: at.into() };
    let text = Zeroizing::new(serde_json::to_vec(inner).map_err(|_| failed())?);
    let sealed = cipher::seal(key, &owner.place(at), &text).ok_or_else(failed)?;
    Ok(marked(SEALED, Value::String(STANDARD.encode(sealed))))
}

/// Replaces each `{"$sealed": "base64"}` by `{"$sensitive": v}`, or by `{"$erased": true}` when there is no key.
pub(crate) fn unseal(key: Option<&Secret>, owner: Owner, sealed: &str) -> Result<Value, UnsealError> {
    // serde_json refuses what is nested deeper than 128, so the walk is bounded.
    let sealed = serde_json::from_str(sealed).map_err(|_| UnsealError::NotJson { event: owner.event })?;
    unseal_at(key, owner, sealed, "")
}

fn unseal_at(key: Option<&Secret>, owner: Owner, sealed: Value, at: &str) -> Result<Value, UnsealError> {
    match sealed {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(sealed),
        Value::Array(items) => {
            let each = items.into_iter().zip(0_usize..);
            each.map(|(item, n)| unseal_at(key, owner, item, &format!("{at}/{n}"))).collect()
        }
        Value::Object(fields) => match mark(&fields) {
            Mark::None => fields
                .into_iter()
                .map(|(name, field)| {
                    let field = unseal_at(key, owner, field, &pointer(at, &name))?;
                    Ok((name, field))
                })
                .collect::<Result<Map<_, _>, _>>()
                .map(Value::Object),
            Mark::Sealed(base64) => unseal_field(key, owner, base64, at),
            // What is stored was sealed; anything else was put there by somebody else.
            Mark::Sensitive(_) | Mark::Erased | Mark::Broken => {
                Err(UnsealError::Tampered { event: owner.event, pointer: at.into() })
            }
        },
    }
}

fn unseal_field(key: Option<&Secret>, owner: Owner, base64: &str, at: &str) -> Result<Value, UnsealError> {
    let Some(key) = key else { return Ok(marked(ERASED, Value::Bool(true))) };
    let tampered = || UnsealError::Tampered { event: owner.event, pointer: at.into() };
    let bytes = STANDARD.decode(base64).map_err(|_| tampered())?;
    let text = cipher::open(key, &owner.place(at), &bytes).map_err(|error| match error {
        NotOpened::Tampered => tampered(),
        NotOpened::Version(version) => {
            UnsealError::UnknownForm { event: owner.event, pointer: at.into(), version }
        }
    })?;
    Ok(marked(SENSITIVE, serde_json::from_slice(&text).map_err(|_| tampered())?))
}

enum Mark<'a> {
    None,
    Sensitive(&'a Value),
    Sealed(&'a str),
    Erased,
    /// A mark beside other fields, or with a value that it never has.
    Broken,
}

fn mark(fields: &Map<String, Value>) -> Mark<'_> {
    let bears_one = [SENSITIVE, SEALED, ERASED].iter().any(|name| fields.contains_key(*name));
    let mut entries = fields.iter();
    match (bears_one, entries.next(), entries.next()) {
        (false, _, _) => Mark::None,
        (true, Some((name, value)), None) if name == SENSITIVE => Mark::Sensitive(value),
        (true, Some((name, Value::String(base64))), None) if name == SEALED => Mark::Sealed(base64),
        (true, Some((name, Value::Bool(true))), None) if name == ERASED => Mark::Erased,
        (true, _, _) => Mark::Broken,
    }
}

fn each_field(
    fields: &Map<String, Value>,
    at: &str,
    mut change: impl FnMut(&Value, &str) -> Result<Value, SealError>,
) -> Result<Value, SealError> {
    let changed = fields.iter().map(|(name, field)| Ok((name.clone(), change(field, &pointer(at, name))?)));
    changed.collect::<Result<Map<_, _>, _>>().map(Value::Object)
}

fn marked(mark: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(mark.to_owned(), value)]))
}

/// The JSON pointer (RFC 6901) of a field.
fn pointer(at: &str, name: &str) -> String {
    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"))
}

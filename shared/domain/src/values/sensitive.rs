//! A field that only its reader may see: sealed before it is stored, gone when the key is destroyed.

use std::borrow::Cow;
use std::fmt;

use peiyu_contracts::marks;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, DeserializeOwned};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A personal value in an event. In memory it is plain; `vault` seals it on its way to the store.
#[derive(Clone, PartialEq, Eq)]
pub enum Sensitive<T> {
    /// The value.
    Known(T),
    /// The person was erased; nobody knows it any more.
    Erased,
}

impl<T> Sensitive<T> {
    /// The value, unless it was erased.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Erased => None,
        }
    }

    /// The value by itself, unless it was erased.
    pub fn into_known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Erased => None,
        }
    }
}

impl<T> From<T> for Sensitive<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}

/// Never prints the value: logs and panics pass through here.
impl<T> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Known(_) => "Sensitive(…)",
            Self::Erased => "Sensitive(erased)",
        })
    }
}

impl<T: Serialize> Serialize for Sensitive<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self {
            Self::Known(value) => map.serialize_entry(marks::SENSITIVE, value)?,
            Self::Erased => map.serialize_entry(marks::ERASED, &true)?,
        }
        map.end()
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Sensitive<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = serde_json::Map::<String, serde_json::Value>::deserialize(deserializer)?;
        if fields.get(marks::ERASED).is_some() {
            return Ok(Self::Erased);
        }
        match fields.remove(marks::SENSITIVE) {
            Some(value) => serde_json::from_value(value).map(Self::Known).map_err(de::Error::custom),
            None => Err(de::Error::custom("a sealed field was read without unsealing it")),
        }
    }
}

/// Outside, a sensitive field is a sealed one: that is what the published schema says.
impl<T> JsonSchema for Sensitive<T> {
    fn inline_schema() -> bool {
        false
    }

    fn schema_name() -> Cow<'static, str> {
        "Sealed".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "A personal value, sealed under the person's own key (AES-256-GCM-SIV, base64).",
            "required": [marks::SEALED],
            "properties": { marks::SEALED: { "type": "string" } },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_the_value() {
        assert_eq!(format!("{:?}", Sensitive::from("张三".to_owned())), "Sensitive(…)");
    }

    #[test]
    fn a_value_survives_its_own_json() -> Result<(), serde_json::Error> {
        let field = Sensitive::from("gist".to_owned());
        let text = serde_json::to_string(&field)?;
        assert_eq!(text, r#"{"$sensitive":"gist"}"#);
        assert_eq!(serde_json::from_str::<Sensitive<String>>(&text)?, field);
        Ok(())
    }

    #[test]
    fn an_erased_field_reads_as_erased() -> Result<(), serde_json::Error> {
        let field: Sensitive<String> = serde_json::from_str(r#"{"$erased":true}"#)?;
        assert_eq!(field, Sensitive::Erased);
        Ok(())
    }

    #[test]
    fn a_sealed_field_is_not_mistaken_for_a_value() {
        assert!(serde_json::from_str::<Sensitive<String>>(r#"{"$sealed":"AAAA"}"#).is_err());
    }
}

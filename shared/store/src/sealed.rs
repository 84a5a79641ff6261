//! The only form in which the store takes a payload: JSON text that went through the vault.

use peiyu_contracts::marks;
use serde_json::value::RawValue;

/// A payload whose sensitive fields are sealed, byte for byte as it will be stored and published.
#[derive(Debug, Clone)]
pub struct Sealed(Box<RawValue>);

/// Why a text is no sealed payload. The text itself is not told: it may hold what must not be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSealed {
    /// A sensitive field is still plain.
    #[error("the payload holds a sensitive field in plain")]
    Plain,
    /// Not JSON.
    #[error("the payload is not JSON")]
    NotJson,
}

impl Sealed {
    /// Takes what the vault gave.
    ///
    /// # Errors
    /// [`NotSealed::Plain`] when a field still bears the mark of a plain sensitive value,
    /// [`NotSealed::NotJson`] when it is not JSON.
    pub fn from_vault(text: String) -> Result<Self, NotSealed> {
        // The vault's writer never escapes a dollar sign; an escaped one could hide the mark.
        if text.contains(marks::SENSITIVE) || text.contains("\\u0024") {
            return Err(NotSealed::Plain);
        }
        RawValue::from_string(text).map(Self).map_err(|_| NotSealed::NotJson)
    }

    /// The JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_sensitive_field_is_refused() {
        for text in [r#"{"name":{"$sensitive":"x"}}"#, r#"{"name":{"\u0024sensitive":"x"}}"#] {
            assert_eq!(Sealed::from_vault(text.into()).map(|_| ()), Err(NotSealed::Plain));
        }
    }

    #[test]
    fn a_sealed_payload_keeps_its_text() {
        let text = r#"{ "b":1,  "a":{"$sealed":"AQ=="} }"#;
        assert_eq!(Sealed::from_vault(text.into()).map(|sealed| sealed.as_str().to_owned()), Ok(text.into()));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        assert_eq!(Sealed::from_vault("{".into()).map(|_| ()), Err(NotSealed::NotJson));
    }
}

//! The marks by which a sensitive field is known in an event's JSON, from decision to bus.
//!
//! `domain` writes `{"$sensitive": value}`. `vault` turns that into `{"$sealed": "base64"}` before the
//! store sees it and back again when it is loaded; a field whose key was destroyed comes back as
//! `{"$erased": true}`. Outside subscribers see only the sealed form.

/// Plain value, only ever in memory.
pub const SENSITIVE: &str = "$sensitive";
/// Ciphertext, base64: what is stored, published and backed up.
pub const SEALED: &str = "$sealed";
/// The key is gone for good.
pub const ERASED: &str = "$erased";

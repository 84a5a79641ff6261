//! What Peiyu promises to the outside: the event envelope, subjects and the marks of sealed fields.
//!
//! This room knows no other room. Everything here is serde and nothing else; a change here is a
//! change that subscribers notice.

pub mod envelope;
pub mod marks;
pub mod nats_rights;
pub mod subject;
pub mod testing;

pub use envelope::{CloudEvent, Metadata, Origin, PolicyRef, Recorded};

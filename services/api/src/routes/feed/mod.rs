//! The feed of events, and the descriptions of all that is served.

pub(crate) mod asyncapi;
pub(crate) mod changes;
pub(crate) mod epoch;
pub(crate) mod events;
pub(crate) mod openapi;
pub(crate) mod schema;

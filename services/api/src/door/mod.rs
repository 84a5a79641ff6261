//! What every request passes: who asks, may they, in which form, and how the answer is written.

pub(crate) mod around;
pub(crate) mod caller;
pub(crate) mod client;
pub(crate) mod command;
pub(crate) mod drain;
pub(crate) mod guard;
pub(crate) mod json;
pub(crate) mod page;
pub(crate) mod parameters;
pub(crate) mod render;
pub(crate) mod shown;
pub(crate) mod site;

pub(crate) use caller::Caller;
pub(crate) use command::{Command, Done};
pub(crate) use guard::{Access, guarded};
pub(crate) use json::Body;
pub(crate) use parameters::{Path, Query};
pub(crate) use shown::{After, Shown};

//! 提醒: what went to whom, and why or why not; what would go out on a day.

pub(crate) mod explain;
pub(crate) mod held;
pub(crate) mod letter;
pub(crate) mod list;
mod names;
pub(crate) mod preview;
pub(crate) mod show;
pub(crate) mod templates;
mod written;

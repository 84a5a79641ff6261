//! 提醒: what went to whom, and why or why not.

pub(crate) mod explain;
pub(crate) mod held;
pub(crate) mod list;

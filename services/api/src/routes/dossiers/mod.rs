//! 纪实档案: every event that concerns one person; looking at it is put on record.

pub(crate) mod audit;
pub(crate) mod head;
mod names;
pub(crate) mod show;

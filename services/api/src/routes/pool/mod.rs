//! 信息库与覆盖: the pool, and who accompanies whom.

pub(crate) mod coverage;
pub(crate) mod export;
pub(crate) mod list;
pub(crate) mod matrix;
mod rows;
pub(crate) mod search;

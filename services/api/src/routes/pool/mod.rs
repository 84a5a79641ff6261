//! 信息库与覆盖: the pool, and who accompanies whom.

pub(crate) mod coverage;
pub(crate) mod coverage_export;
pub(crate) mod export;
pub(crate) mod gaps;
pub(crate) mod leaders;
pub(crate) mod list;
pub(crate) mod matrix;
mod rows;
pub(crate) mod search;

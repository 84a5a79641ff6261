//! 运行: how the system fares, as far as the database and this process know, and what is parked.

pub(crate) mod overview;
pub(crate) mod parked;

//! 运行: how the system fares, as far as the database and this process know, what is parked, and what is done about it.

pub(crate) mod ask;
pub(crate) mod overview;
pub(crate) mod parked;
pub(crate) mod requests;

//! 导入: a file is taken up, a dry run is confirmed, its run is followed, its rejected rows come back.

pub(crate) mod again;
pub(crate) mod begin;
pub(crate) mod confirm;
pub(crate) mod follow;
pub(crate) mod rejects;

//! 党组织: the tree, and offices that end.

pub(crate) mod end_office;
pub(crate) mod list;

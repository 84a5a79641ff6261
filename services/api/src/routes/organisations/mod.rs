//! The tree of organisations and its offices.

pub(crate) mod end_office;

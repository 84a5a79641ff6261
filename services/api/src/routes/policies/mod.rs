//! The numbers of the work: adopted, and in force.

pub(crate) mod adopt;
pub(crate) mod current;

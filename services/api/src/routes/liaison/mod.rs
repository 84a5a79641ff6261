//! 党内联系人: assigned, handed over, ended, proposed.

pub(crate) mod assign;
pub(crate) mod end;

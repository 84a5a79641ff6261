//! 党内联系人: assigned, ended, proposed for everybody without.

mod alternatives;
pub(crate) mod apply;
pub(crate) mod assign;
pub(crate) mod end;
pub(crate) mod propose;

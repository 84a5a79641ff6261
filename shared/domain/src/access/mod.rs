//! Who may do what: rights follow from the offices one holds on that day, and from nothing else
//! but grants to the account.

mod rights;

pub use rights::{Right, Scope, may, rights_of, scope_of};

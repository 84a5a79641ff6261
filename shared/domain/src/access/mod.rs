//! Who may do what: rights follow from the offices one holds on that day, and from nothing else
//! but grants to the account.

mod rights;
mod table;

pub use rights::{Right, Scope, UnknownRight, may, scope_for, scope_of, sees};
pub use table::rights_of;

#[cfg(test)]
mod tests;

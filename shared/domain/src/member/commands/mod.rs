//! One command a file.

mod list_membership;

pub use list_membership::ListMembership;

//! One command a file.

mod adopt_policy;

pub use adopt_policy::AdoptPolicy;

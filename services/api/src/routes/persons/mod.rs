//! Persons: found and corrected.

pub(crate) mod correct;

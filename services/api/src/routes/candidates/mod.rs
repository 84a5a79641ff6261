//! Candidates: as they stand now.

pub(crate) mod head;

//! The invented university of `tests/data`: people who are easy to name in tests.

use std::path::PathBuf;

/// Staff numbers of the clean set.
#[derive(Debug, Clone, Copy)]
pub struct Sample;

impl Sample {
    /// Head of the organisation department.
    pub const DEPARTMENT_HEAD: &'static str = "2000917";
    /// Secretary of the committee of 临床医学院.
    pub const COMMITTEE_SECRETARY: &'static str = "2007714";
    /// Secretary of the branch of 内科学, under that committee.
    pub const BRANCH_SECRETARY: &'static str = "2001267";
    /// Somebody of the pool, in that branch.
    pub const CANDIDATE: &'static str = "2000231";
    /// Secretary of the general branch of 基础医学院.
    pub const OTHER_SECRETARY: &'static str = "2008302";
    /// Somebody of the pool in 基础医学院.
    pub const OTHER_CANDIDATE: &'static str = "2000021";
}

/// A file of `tests/data`.
#[must_use]
pub fn sample(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/data").join(name)
}

//! What can have happened to an import.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decider::Event;
use crate::values::{Category, Sensitive};

/// Kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportKind {
    /// Tree, offices and members.
    Organisation,
    /// 教职工名册.
    Roster,
    /// 谈心谈话台账, taken as transcribed.
    Talks,
}

/// What one chunk of rows did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ChunkCounts {
    /// Rows taken in.
    pub accepted: u32,
    /// Never accepted before.
    pub new: u32,
    /// With other values than before.
    pub changed: u32,
    /// As before.
    pub unchanged: u32,
    /// Accepted, with a contradiction that was left to people.
    pub conflicts: u32,
    /// Rows whose person is in the pool afterwards.
    pub pool: u32,
    /// The same by category; somebody in several counts under each.
    pub pool_by_category: BTreeMap<Category, u32>,
}

/// An event of an import.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event")]
pub enum ImportEvent {
    /// The whole file was checked and its rows begin to be taken in.
    ImportStarted {
        /// Kind.
        kind: ImportKind,
        /// SHA-256 of the file, lower-case hex.
        file_hash: String,
        /// Name of the file as uploaded; it may name a person.
        file_name: Sensitive<String>,
        /// Column letter to field name, as mapped.
        mapping: BTreeMap<String, String>,
        /// Rows with content.
        rows: u32,
        /// Rows refused.
        rejected: u32,
        /// Refusals by reason.
        rejected_by_reason: BTreeMap<String, u32>,
        /// Sheet rows refused, 1 = top.
        rejected_rows: Vec<u32>,
    },
    /// A chunk of rows was taken in; appended together with the rows' own events.
    ImportChunkApplied {
        /// 0, 1, 2, …
        chunk: u32,
        /// What it did.
        counts: ChunkCounts,
    },
    /// The last row was taken in.
    ImportFinished {
        /// Sums over the chunks.
        counts: ChunkCounts,
        /// Persons known from an earlier roster and absent from this one.
        absent: u32,
    },
}

impl Event for ImportEvent {
    fn name(&self) -> &'static str {
        match self {
            Self::ImportStarted { .. } => "ImportStarted",
            Self::ImportChunkApplied { .. } => "ImportChunkApplied",
            Self::ImportFinished { .. } => "ImportFinished",
        }
    }

    fn names() -> &'static [&'static str] {
        &["ImportStarted", "ImportChunkApplied", "ImportFinished"]
    }
}

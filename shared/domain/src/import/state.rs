//! How far an import has come.

use super::{ChunkCounts, ImportEvent, ImportRefusal};
use crate::decider::Aggregate;

/// Start, chunks and end of one run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Import {
    file_hash: Option<String>,
    next_chunk: u32,
    counts: ChunkCounts,
    finished: bool,
}

impl Import {
    /// Hash of the file it was started with.
    #[must_use]
    pub fn file_hash(&self) -> Option<&str> {
        self.file_hash.as_deref()
    }

    /// The chunk that comes next.
    #[must_use]
    pub fn next_chunk(&self) -> u32 {
        self.next_chunk
    }

    /// Sums over the chunks so far.
    #[must_use]
    pub fn counts(&self) -> &ChunkCounts {
        &self.counts
    }

    /// Whether the last row was taken in.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.finished
    }
}

impl ChunkCounts {
    /// Sum, field by field.
    pub fn add(&mut self, other: &Self) {
        self.accepted += other.accepted;
        self.new += other.new;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
        self.conflicts += other.conflicts;
        self.pool += other.pool;
        for (category, people) in &other.pool_by_category {
            *self.pool_by_category.entry(*category).or_insert(0) += people;
        }
    }
}

impl Aggregate for Import {
    const TYPE: &'static str = "import";
    type Event = ImportEvent;
    type Refusal = ImportRefusal;

    fn evolve(&mut self, event: &ImportEvent) {
        match event {
            ImportEvent::ImportStarted { file_hash, .. } => self.file_hash = Some(file_hash.clone()),
            ImportEvent::ImportChunkApplied { chunk, counts } => {
                self.next_chunk = chunk + 1;
                self.counts.add(counts);
            }
            ImportEvent::ImportFinished { .. } => self.finished = true,
        }
    }
}

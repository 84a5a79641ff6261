//! 导入一批: one chunk of rows is taken in, together with the rows' own events.

use crate::context::Context;
use crate::decider::{Decide, require};
use crate::import::{ChunkCounts, Import, ImportEvent, ImportRefusal};

/// Take in one chunk.
#[derive(Debug, Clone)]
pub struct ApplyChunk {
    /// 0, 1, 2, …
    pub chunk: u32,
    /// What it does.
    pub counts: ChunkCounts,
}

impl Decide<ApplyChunk> for Import {
    type Facts = ();

    fn decide(
        &self,
        command: ApplyChunk,
        (): &(),
        _: &Context<'_>,
    ) -> Result<Vec<ImportEvent>, ImportRefusal> {
        require(self.file_hash().is_some(), ImportRefusal::NotStarted)?;
        require(!self.is_finished(), ImportRefusal::Finished)?;
        if command.chunk < self.next_chunk() {
            return Ok(Vec::new());
        }
        let expected = self.next_chunk();
        require(command.chunk == expected, ImportRefusal::ChunkOutOfOrder { expected })?;
        Ok(vec![ImportEvent::ImportChunkApplied { chunk: command.chunk, counts: command.counts }])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::import::ImportKind;
    use crate::testing::given;

    fn started() -> ImportEvent {
        ImportEvent::ImportStarted {
            kind: ImportKind::Roster,
            file_hash: "h".into(),
            file_name: "名册.xlsx".to_owned().into(),
            mapping: BTreeMap::new(),
            rows: 400,
            rejected: 0,
            rejected_by_reason: BTreeMap::new(),
            rejected_rows: Vec::new(),
        }
    }

    fn apply(chunk: u32) -> ApplyChunk {
        ApplyChunk { chunk, counts: ChunkCounts { accepted: 200, new: 200, ..ChunkCounts::default() } }
    }

    #[test]
    fn a_chunk_is_taken_once() {
        let first = given::<Import>([started()]).when(apply(0), ()).events();
        given::<Import>([started(), first[0].clone()]).when(apply(0), ()).nothing();
    }

    #[test]
    fn no_chunk_is_left_out() {
        given::<Import>([started()])
            .when(apply(1), ())
            .refused(&ImportRefusal::ChunkOutOfOrder { expected: 0 });
    }

    #[test]
    fn without_a_start_nothing_is_taken() {
        given::<Import>([]).when(apply(0), ()).refused(&ImportRefusal::NotStarted);
    }
}

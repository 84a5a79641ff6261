//! 导入完成: the last row was taken in.

use crate::context::Context;
use crate::decider::{Decide, require};
use crate::import::{Import, ImportEvent, ImportRefusal};

/// Close the run.
#[derive(Debug, Clone, Copy)]
pub struct FinishImport {
    /// Persons of an earlier roster that this one does not name.
    pub absent: u32,
}

impl Decide<FinishImport> for Import {
    type Facts = ();

    fn decide(
        &self,
        command: FinishImport,
        (): &(),
        _: &Context<'_>,
    ) -> Result<Vec<ImportEvent>, ImportRefusal> {
        require(self.file_hash().is_some(), ImportRefusal::NotStarted)?;
        if self.is_finished() {
            return Ok(Vec::new());
        }
        Ok(vec![ImportEvent::ImportFinished { counts: self.counts().clone(), absent: command.absent }])
    }
}

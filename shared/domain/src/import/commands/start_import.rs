//! 开始导入: the whole file was checked; its rows begin to be taken in.

use std::collections::BTreeMap;

use crate::context::Context;
use crate::decider::{Decide, require};
use crate::import::{Import, ImportEvent, ImportKind, ImportRefusal};

/// Start, or resume, a run.
#[derive(Debug, Clone)]
pub struct StartImport {
    /// Kind.
    pub kind: ImportKind,
    /// SHA-256 of the file.
    pub file_hash: String,
    /// Name of the file.
    pub file_name: String,
    /// Column letter to field.
    pub mapping: BTreeMap<String, String>,
    /// Rows with content.
    pub rows: u32,
    /// Refusals by reason.
    pub rejected_by_reason: BTreeMap<String, u32>,
    /// Sheet rows refused.
    pub rejected_rows: Vec<u32>,
}

impl Decide<StartImport> for Import {
    type Facts = ();

    fn decide(
        &self,
        command: StartImport,
        (): &(),
        _: &Context<'_>,
    ) -> Result<Vec<ImportEvent>, ImportRefusal> {
        if let Some(hash) = self.file_hash() {
            require(hash == command.file_hash, ImportRefusal::NotStarted)?;
            return Ok(Vec::new());
        }
        Ok(vec![ImportEvent::ImportStarted {
            kind: command.kind,
            file_hash: command.file_hash,
            file_name: command.file_name.into(),
            mapping: command.mapping,
            rows: command.rows,
            rejected: u32::try_from(command.rejected_rows.len()).unwrap_or(u32::MAX),
            rejected_by_reason: command.rejected_by_reason,
            rejected_rows: command.rejected_rows,
        }])
    }
}

//! Runs of imports: what file, how far, what came of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use peiyu_domain::AnyEvent;
use peiyu_domain::import::{ChunkCounts, ImportEvent, ImportKind};
use peiyu_domain::values::ImportId;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;

use crate::applied::Applied;
use crate::ask::{MAX_ROWS, Question, wrap};
use crate::error::{Fault, ViewError};
use crate::table::{Row, Table};
use crate::view::{Definition, page};

pub(crate) static DEFINITION: Definition =
    Definition { name: "imports", version: 1, aggregates: &["import"], tables: &[&IMPORTS] };

static IMPORTS: Table = Table {
    name: "imports",
    owner: "id",
    key: &["id"],
    columns: &[
        ("id", "uuid not null"),
        ("version", "bigint not null"),
        ("kind", "text not null"),
        ("file_hash", "text not null"),
        ("rows", "bigint not null"),
        ("rejected", "bigint not null"),
        ("rejected_by_reason", "jsonb not null"),
        ("rejected_rows", "jsonb not null"),
        ("chunks", "integer not null"),
        ("counts", "jsonb not null"),
        ("absent", "bigint"),
        ("started_at", "timestamptz not null"),
        ("finished_at", "timestamptz"),
    ],
    indexes: &["(started_at, id)", "(file_hash)"],
};

/// One run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Id.
    pub id: ImportId,
    /// Version of the aggregate.
    pub version: i64,
    /// Kind of file.
    pub kind: ImportKind,
    /// SHA-256 of the file, lower-case hex; the name may name a person and is in the event alone.
    pub file_hash: String,
    /// Rows with content.
    pub rows: u32,
    /// Rows refused.
    pub rejected: u32,
    /// Refusals by reason.
    pub rejected_by_reason: BTreeMap<String, u32>,
    /// Sheet rows refused.
    pub rejected_rows: Vec<u32>,
    /// Chunks taken in.
    pub chunks: i32,
    /// What they did so far, or in all once finished.
    pub counts: ChunkCounts,
    /// Persons absent from this roster; none before the end.
    pub absent: Option<u32>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; none while it runs or after a crash.
    pub finished_at: Option<Timestamp>,
}

impl Row for Import {
    const TABLE: &'static Table = &IMPORTS;
    type Key = ImportId;

    fn key(&self) -> ImportId {
        self.id
    }
}

page!(imports: Import);

fn fold(page: &mut Page, event: &AnyEvent, applied: &Applied) -> Result<(), Fault> {
    let AnyEvent::Import(event) = event else { return Ok(()) };
    let id = ImportId(applied.aggregate_id);
    if let ImportEvent::ImportStarted {
        kind,
        file_hash,
        rows,
        rejected,
        rejected_by_reason,
        rejected_rows,
        ..
    } = event
    {
        page.imports.put(Import {
            id,
            version: applied.sequence,
            kind: *kind,
            file_hash: file_hash.clone(),
            rows: *rows,
            rejected: *rejected,
            rejected_by_reason: rejected_by_reason.clone(),
            rejected_rows: rejected_rows.clone(),
            chunks: 0,
            counts: ChunkCounts::default(),
            absent: None,
            started_at: applied.metadata.recorded_at,
            finished_at: None,
        });
        return Ok(());
    }
    let import = page.imports.edit(&id).ok_or_else(|| Fault::new("out_of_order"))?;
    import.version = applied.sequence;
    match event {
        // Taken in above.
        ImportEvent::ImportStarted { .. } => {}
        ImportEvent::ImportChunkApplied { counts, .. } => {
            import.chunks += 1;
            import.counts.add(counts);
        }
        ImportEvent::ImportFinished { counts, absent } => {
            import.counts = counts.clone();
            import.absent = Some(*absent);
            import.finished_at = Some(applied.metadata.recorded_at);
        }
    }
    Ok(())
}

/// One run.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn by_id(pool: &PgPool, id: ImportId) -> Result<Option<Import>, ViewError> {
    let select = wrap("select i.* from views.imports i where i.id = $1");
    Question::new("imports", &select).id(id.0).one(pool).await
}

/// The latest runs; at most `limit` (and 200).
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn latest(pool: &PgPool, limit: i64) -> Result<Vec<Import>, ViewError> {
    let select = wrap("select i.* from views.imports i order by i.started_at desc, i.id desc limit $1");
    Question::new("imports", &select).number(limit.clamp(1, MAX_ROWS)).all(pool).await
}

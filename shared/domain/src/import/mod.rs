//! 导入: one run over one file, from its start to its report.

pub mod commands;
pub mod events;
pub mod refusal;
pub mod state;

pub use events::{ChunkCounts, ImportEvent, ImportKind};
pub use refusal::ImportRefusal;
pub use state::Import;

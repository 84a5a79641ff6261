//! One command a file.

mod apply_chunk;
mod finish_import;
mod start_import;

pub use apply_chunk::ApplyChunk;
pub use finish_import::FinishImport;
pub use start_import::StartImport;

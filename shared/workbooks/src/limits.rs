//! How much of a workbook is read before it is refused.

/// Bounds on one workbook. Everything that is read is counted against one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file as it lies on disk.
    pub file_bytes: u64,
    /// Bytes of all parts together once unpacked, counted while unpacking.
    pub unpacked_bytes: u64,
    /// Bytes of the table of shared strings, the only part that is held in memory.
    pub shared_string_bytes: u64,
    /// Files within the archive.
    pub entries: usize,
    /// Rows with content in one sheet.
    pub rows: u32,
    /// Columns with content in one row.
    pub columns: u16,
    /// Cells in one sheet, empty ones included.
    pub cells: u64,
}

/// The bounds of `conventions.md`: 64 MiB on the wire, 512 MiB unpacked, 200,000 rows.
impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 64 << 20,
            unpacked_bytes: 512 << 20,
            shared_string_bytes: 128 << 20,
            entries: 2_000,
            rows: 200_000,
            columns: 256,
            cells: 20_000_000,
        }
    }
}

//! Times a check of an invented roster and says how much memory it took at most.
//!
//! `cargo run --release -p peiyu-workbooks --example check_roster -- 50000`

use std::time::Instant;

use peiyu_workbooks::{Limits, Mapping, RosterFile, Workbook, WorkbookError, sample};

fn main() -> Result<(), WorkbookError> {
    let rows = std::env::args().nth(1).and_then(|rows| rows.parse().ok()).unwrap_or(50_000);
    let path = std::env::temp_dir().join(format!("peiyu-roster-{rows}.xlsx"));
    let started = Instant::now();
    let units = sample::write_roster(&path, rows)?;
    println!("written      {:>8.2?}", started.elapsed());
    let started = Instant::now();
    let mut book = Workbook::open(&path, Limits::default())?;
    let cells: usize =
        book.rows("教职工名册")?.map(|row| row.map(|row| row.cells.len())).sum::<Result<_, _>>()?;
    println!("read         {:>8.2?}  {cells} cells", started.elapsed());
    let started = Instant::now();
    let mut check = RosterFile::check(&path, &units, &Mapping::default(), Limits::default())?;
    println!(
        "checked      {:>8.2?}  {} rows, {} rejected",
        started.elapsed(),
        check.report.rows,
        check.report.rejected
    );
    let started = Instant::now();
    let good: usize = check.chunks(200)?.map(|chunk| chunk.map(|chunk| chunk.len())).sum::<Result<_, _>>()?;
    println!("second pass  {:>8.2?}  {good} rows", started.elapsed());
    if let Some(peak) = peak_memory() {
        println!("memory       {peak}");
    }
    std::fs::remove_file(path)?;
    Ok(())
}

/// The most memory that this process held, as the kernel says it.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")).map(|peak| peak.trim().to_owned())
}

//! What came of the scenarios, as a table for readers.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

/// One scenario's runs.
#[derive(Debug, Clone, Default)]
pub struct Row {
    pub runs: usize,
    pub skipped: Option<String>,
    pub faults: usize,
    pub done: usize,
    pub refused: usize,
    pub unknown: usize,
    /// Commands, events, messages and mails that were compared.
    pub checks: usize,
    pub longest_recovery: Duration,
    pub violations: Vec<String>,
}

/// All scenarios, in the order in which they first ran.
#[derive(Debug)]
pub struct Report {
    pub seed: u64,
    rows: Vec<(&'static str, Row)>,
}

impl Report {
    pub fn new(seed: u64) -> Self {
        Self { seed, rows: Vec::new() }
    }

    pub fn row(&mut self, scenario: &'static str) -> &mut Row {
        let at = self.rows.iter().position(|(name, _)| *name == scenario).unwrap_or_else(|| {
            self.rows.push((scenario, Row::default()));
            self.rows.len() - 1
        });
        &mut self.rows[at].1
    }

    /// A scenario was not run this time; it stands as skipped unless it ran before.
    pub fn leave_out(&mut self, scenario: &'static str, why: &str) {
        let row = self.row(scenario);
        if row.runs == 0 {
            row.skipped = Some(why.to_owned());
        }
    }

    /// Everything that was found wrong.
    pub fn violations(&self) -> Vec<String> {
        let all = self.rows.iter();
        all.flat_map(|(name, row)| row.violations.iter().map(move |wrong| format!("{name}: {wrong}")))
            .collect()
    }

    /// Markdown.
    pub fn table(&self) -> String {
        let mut text = format!(
            "# Faults\n\nSeed {}; the same seed injects the same faults.\n\n\
             | scenario | runs | faults | acknowledged | refused | unknown | checks | longest recovery | violations |\n\
             |---|---:|---:|---:|---:|---:|---:|---:|---|\n",
            self.seed
        );
        for (name, row) in &self.rows {
            let Row { runs, faults, done, refused, unknown, checks, .. } = row;
            let outcome = match (&row.skipped, row.violations.len()) {
                (Some(why), _) => format!("skipped: {why}"),
                (None, 0) => "none".to_owned(),
                (None, count) => format!("**{count}**"),
            };
            let recovery = row.longest_recovery.as_secs_f64();
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "| {name} | {runs} | {faults} | {done} | {refused} | {unknown} | {checks} | {recovery:.1} s | {outcome} |"
            );
        }
        let violations = self.violations();
        if !violations.is_empty() {
            text.push_str("\n## Violations\n\n");
            for wrong in violations {
                let _ = writeln!(text, "- {wrong}");
            }
        }
        text
    }

    /// Writes it beside what was built; the file.
    pub fn write(&self) -> PathBuf {
        let folder = folder();
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("report.md");
        std::fs::write(&file, self.table()).unwrap();
        file
    }
}

/// `target/faults`.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).with_file_name("faults")
}

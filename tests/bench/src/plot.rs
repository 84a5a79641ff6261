//! The table as a picture: one bar a row, its ratio as a share of the bar that it should reach.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::table::{Bar, Row};

const ROW: usize = 34;
const HEAD: usize = 52;
const LABELS: usize = 700;
const WIDTH: usize = 1180;
/// Where a ratio stands that is exactly at its bar; twice as good is twice as far.
const AT_BAR: f64 = 160.0;
const LONGEST: f64 = 420.0;

/// Writes `target/bench/<part>.svg`; where it lies.
pub fn write(part: &str, machine: &str, rows: &[Row]) -> anyhow::Result<PathBuf> {
    let folder = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let folder = folder.join("bench");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{part}.svg"));
    write_to(&path, part, machine, rows)?;
    Ok(path)
}

fn write_to(path: &Path, part: &str, machine: &str, rows: &[Row]) -> anyhow::Result<()> {
    let height = HEAD + ROW * rows.len() + 12;
    let mut svg = String::new();
    writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="12">"#
    )?;
    writeln!(svg, r#"<rect width="100%" height="100%" fill="white"/>"#)?;
    writeln!(svg, r#"<text x="12" y="20" font-size="15">{}</text>"#, escaped(part))?;
    writeln!(svg, r##"<text x="12" y="38" fill="#555">{}</text>"##, escaped(machine))?;
    for (number, row) in rows.iter().enumerate() {
        bar(&mut svg, row, HEAD + ROW * number)?;
    }
    #[expect(clippy::cast_precision_loss, reason = "a few hundred pixels")]
    let line = LABELS as f64 + AT_BAR;
    writeln!(
        svg,
        r##"<line x1="{line}" x2="{line}" y1="{HEAD}" y2="{}" stroke="#333" stroke-dasharray="4 3"/>"##,
        height - 12
    )?;
    writeln!(svg, "</svg>")?;
    std::fs::write(path, svg)?;
    Ok(())
}

fn bar(svg: &mut String, row: &Row, top: usize) -> std::fmt::Result {
    let reached = match row.bar {
        Bar::AtLeast(bar) => row.ratio / bar,
        // Less is better: half of what is allowed reaches twice as far.
        Bar::AtMost(bar) => bar / row.ratio.max(f64::MIN_POSITIVE),
    };
    let length = (reached * AT_BAR).clamp(1.0, LONGEST);
    let colour = if row.holds() { "#2f7d4f" } else { "#b5472f" };
    let (first, second) = (top + 13, top + 27);
    writeln!(svg, r#"<text x="12" y="{first}">{}</text>"#, escaped(&row.what))?;
    let against = format!("{} against {}", row.ours, row.peer);
    writeln!(svg, r##"<text x="12" y="{second}" fill="#555" font-size="11">{}</text>"##, escaped(&against))?;
    writeln!(svg, r#"<rect x="{LABELS}" y="{}" width="{length:.0}" height="18" fill="{colour}"/>"#, top + 5)?;
    writeln!(
        svg,
        r#"<text x="{}" y="{}" fill="white">{:.2} ({})</text>"#,
        LABELS + 4,
        top + 18,
        row.ratio,
        escaped(&row.bar.to_string())
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

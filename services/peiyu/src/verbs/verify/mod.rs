//! `peiyu verify`: read models against a replay from zero, the stream against the feed, position by position.

mod stream;

use std::path::PathBuf;

use clap::Args;
use peiyu_projector::Feed;
use peiyu_views::verify::{Kind, Report};
use serde_json::{Value, json};

use crate::beside;
use crate::cli::Global;
use crate::failure::Failure;
use crate::terminal::{Colour, Progress, coloured, say, say_json};

const EXAMPLES: &str =
    "示例 Examples:\n  peiyu verify\n  peiyu verify --json\n  peiyu verify --view persons --view dossier";

/// What to verify.
#[derive(Debug, Args)]
#[command(about = "核对：读模型与从零重放、NATS 流与事件序列 Verify read models against a replay, the stream against the feed", after_help = EXAMPLES)]
pub(crate) struct Verify {
    /// 只核对这些读模型 only these read models
    #[arg(long = "view", value_name = "VIEW")]
    views: Vec<String>,
    /// 不核对 NATS 流 leave the stream out
    #[arg(long)]
    no_stream: bool,
    /// 设置文件 settings file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Verify {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let views = beside::views_named(&self.views)?;
        let settings = beside::settings(global, self.config)?;
        let store = beside::store_of_projector(&settings).await?;
        let feed = Feed::new(store.clone(), beside::vault(&settings).await?);
        let mut progress = Progress::begin("从零重放 replaying from zero", global.json);
        let mut tell = |events: i64, of: i64| {
            progress.at(u64::try_from(events).unwrap_or(0), u64::try_from(of).unwrap_or(0));
        };
        let reports = peiyu_views::verify::verify(store.pool(), &views, &feed, &mut tell).await;
        progress.end();
        let reports =
            reports.map_err(|error| Failure::failed("核对中断", "could not verify").because(error))?;
        let stream =
            if self.no_stream { None } else { Some(stream::verify(&settings, &store, global.json).await?) };
        let parked = reports.iter().any(|report| report.parked_streams > 0);
        let differs = parked
            || reports.iter().any(|report| !report.differences.is_empty())
            || stream.as_ref().is_some_and(|stream| !stream.differences.is_empty());
        if global.json {
            let views: Vec<Value> = reports.iter().map(as_json).collect();
            say_json(
                &json!({ "ok": !differs, "views": views, "stream": stream.map(|stream| stream.as_json()) }),
            );
        } else {
            reports.iter().for_each(show);
            stream.iter().for_each(stream::Outcome::show);
        }
        if differs {
            return Err(Failure::failed("有差异", "there are differences").next(
                "读模型可重建：peiyu rebuild；流不同请先停 relay 并查明原因",
                "read models are rebuilt by peiyu rebuild; for the stream, stop the relay and find the cause",
            ));
        }
        Ok(())
    }
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Missing => "missing",
        Kind::Surplus => "surplus",
        Kind::Changed => "changed",
    }
}

fn as_json(report: &Report) -> Value {
    let differences: Vec<Value> = report
        .differences
        .iter()
        .map(|difference| json!({ "table": difference.table, "key": difference.key, "kind": word(difference.kind) }))
        .collect();
    json!({
        "view": report.view.name(), "position": report.position, "rows": report.rows,
        "parked_streams": report.parked_streams, "skipped_events": report.skipped_events, "differences": differences,
    })
}

fn show(report: &Report) {
    let (view, rows, position) = (report.view.name(), report.rows, report.position);
    let mark = if report.differences.is_empty() {
        coloured("✓", Colour::Green)
    } else {
        coloured("✗", Colour::Red)
    };
    let parked = if report.parked_streams > 0 {
        format!("，搁置的流不计 parked streams left out: {}", report.parked_streams)
    } else {
        String::new()
    };
    let skipped = if report.skipped_events > 0 {
        format!("，已跳过的事件不计 skipped events left out: {}", report.skipped_events)
    } else {
        String::new()
    };
    say(format!("{mark} {view}: {rows} 行 rows @ {position}{parked}{skipped}"));
    for difference in &report.differences {
        say(format!("    {} {} {}", word(difference.kind), difference.table, difference.key));
    }
}

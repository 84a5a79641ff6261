//! `peiyu export`: the feed of events as JSON lines.

use std::io::Write;

use clap::{Args, Subcommand};
use futures::StreamExt;

use crate::cli::Global;
use crate::client::Client;
use crate::failure::{Code, Failure};
use crate::terminal::written;

/// What to export.
#[derive(Debug, Args)]
#[command(about = "导出事件 Export events")]
pub(crate) struct Export {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// 从某个位置之后的事件，每行一个 CloudEvents JSON Events after a position, one CloudEvents object a line
    #[command(
        after_help = "示例 Examples:\n  peiyu export events\n  peiyu export events --after 1200 | head"
    )]
    Events {
        /// 从哪个位置之后 after which feed position
        #[arg(long, default_value_t = 0)]
        after: i64,
        /// 最多几条，缺省全部 events at most, all by default
        #[arg(long)]
        limit: Option<u64>,
    },
}

/// Events asked for at once.
const PAGE: u64 = 1_000;

impl Export {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let client = Client::connect(global)?;
        let What::Events { mut after, limit } = self.what;
        let mut left = limit.unwrap_or(u64::MAX);
        while left > 0 {
            let page = left.min(PAGE);
            let (printed, last) = print_page(&client, after, page).await?;
            left = left.saturating_sub(printed);
            match last {
                Some(last) if printed > 0 => after = last,
                Some(_) | None => break,
            }
        }
        Ok(())
    }
}

/// Prints one page of lines; gives how many, and the last position.
async fn print_page(client: &Client, after: i64, limit: u64) -> Result<(u64, Option<i64>), Failure> {
    let query = [("after", after.to_string()), ("limit", limit.to_string())];
    let mut chunks = client.stream("/v1/events", &query).await?.bytes_stream();
    let (mut pending, mut printed, mut last) = (Vec::new(), 0, None);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| {
            Failure::new(Code::Unreachable, "事件流中断", "the feed broke off")
                .because(error.without_url())
                .next(format!("从断处继续：--after {}", last.unwrap_or(after)), "go on from there")
        })?;
        pending.extend_from_slice(&chunk);
        while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = pending.drain(..=end).collect();
            last = print_line(&line).or(last);
            printed += 1;
        }
    }
    if !pending.is_empty() {
        last = print_line(&pending).or(last);
        printed += 1;
    }
    Ok((printed, last))
}

/// Prints a line byte for byte; gives its position.
fn print_line(line: &[u8]) -> Option<i64> {
    let mut out = std::io::stdout().lock();
    let newline: &[u8] = if line.ends_with(b"\n") { b"" } else { b"\n" };
    written(out.write_all(line).and_then(|()| out.write_all(newline)));
    let event: serde_json::Value = serde_json::from_slice(line).ok()?;
    event.get("position")?.as_i64()
}

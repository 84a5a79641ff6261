//! `peiyu export`: the feed of events as JSON lines.

use std::io::Write;
use std::time::Duration;

use clap::{Args, Subcommand};
use futures::StreamExt;
use peiyu_platform::Backoff;

use crate::cli::Global;
use crate::client::{Client, EventStream};
use crate::failure::{Code, Failure};
use crate::terminal::{note, written};

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
        after_help = "示例 Examples:\n  peiyu export events\n  peiyu export events --after 1200 | head\n  \
            peiyu export events --follow --types candidate.TalkRecorded"
    )]
    Events {
        /// 从哪个位置之后 after which feed position
        #[arg(long, default_value_t = 0)]
        after: i64,
        /// 最多几条，缺省全部 events at most, all by default
        #[arg(long)]
        limit: Option<u64>,
        /// 只要这些类型，逗号分隔 only these types, as aggregate.EventName with commas between
        #[arg(long, value_delimiter = ',', value_name = "TYPES")]
        types: Vec<String>,
        /// 接着等新的事件，断线自动续上 go on with what comes; goes on where it broke off
        #[arg(long, short)]
        follow: bool,
    },
}

/// Events asked for at once.
const PAGE: u64 = 1_000;

/// Longest silence of an open stream: several heartbeats.
const SILENCE: Duration = Duration::from_secs(60);
/// Before a stream that broke off is opened again: soon at first, then less and less often.
const AGAIN: Duration = Duration::from_secs(1);
const SELDOM: Duration = Duration::from_secs(30);

impl Export {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let What::Events { after, limit, types, follow } = self.what;
        let left = limit.unwrap_or(u64::MAX);
        if follow {
            return Following { after, types, left, last_id: None, was_open: false }.run(global).await;
        }
        export(&Client::connect(global)?, after, left, &types.join(",")).await
    }
}

/// Prints what is there.
async fn export(client: &Client, mut after: i64, mut left: u64, types: &str) -> Result<(), Failure> {
    while left > 0 {
        let (printed, position) = print_page(client, after, left.min(PAGE), types).await?;
        left = left.saturating_sub(printed);
        if position <= after {
            break;
        }
        after = position;
    }
    Ok(())
}

/// Prints one page of lines; gives how many, and up to where the page has looked.
async fn print_page(client: &Client, after: i64, limit: u64, types: &str) -> Result<(u64, i64), Failure> {
    let mut query = vec![("after", after.to_string()), ("limit", limit.to_string())];
    if !types.is_empty() {
        query.push(("types", types.to_owned()));
    }
    let answer = client.stream("/v1/events", &query).await?;
    let position = answer.headers().get("peiyu-position").and_then(|value| value.to_str().ok()?.parse().ok());
    let mut chunks = answer.bytes_stream();
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
    Ok((printed, position.or(last).unwrap_or(after)))
}

/// The feed as it goes on.
struct Following {
    after: i64,
    types: Vec<String>,
    left: u64,
    last_id: Option<String>,
    /// Whether it ever answered: one that never did is not waited for.
    was_open: bool,
}

impl Following {
    /// Prints until enough was printed, or until going on makes no sense.
    async fn run(mut self, global: &Global) -> Result<(), Failure> {
        let mut told = false;
        let mut backoff = Backoff::new(AGAIN, SELDOM);
        while self.left > 0 {
            // Found anew each time: a local system that was restarted may answer elsewhere.
            let opened = match Client::connect(global) {
                Ok(client) => self.open(&client).await,
                Err(failure) => Err(failure),
            };
            let broke_off = match opened {
                Ok(answer) => {
                    told = false;
                    self.was_open = true;
                    backoff.reset();
                    self.print(answer).await?
                }
                Err(failure) if failure.code == Code::Unreachable && self.was_open => failure,
                Err(failure) => return Err(failure),
            };
            if self.left > 0 {
                if !told {
                    note(format!("{broke_off}\n断线，正在续接… going on as soon as it answers …"));
                }
                told = true;
                tokio::time::sleep(backoff.next_wait()).await;
            }
        }
        Ok(())
    }

    async fn open(&self, client: &Client) -> Result<reqwest::Response, Failure> {
        let mut query = vec![("after", self.after.to_string())];
        if !self.types.is_empty() {
            query.push(("types", self.types.join(",")));
        }
        client.events(&query, self.last_id.as_deref()).await
    }

    /// Prints what comes until the stream ends; gives why it did.
    async fn print(&mut self, answer: reqwest::Response) -> Result<Failure, Failure> {
        let broke_off = || Failure::new(Code::Unreachable, "事件流中断", "the feed broke off");
        let mut chunks = answer.bytes_stream();
        let mut stream = EventStream::default();
        while let Ok(Some(chunk)) = tokio::time::timeout(SILENCE, chunks.next()).await {
            match chunk {
                Ok(chunk) => stream.push(&chunk),
                Err(error) => return Ok(broke_off().because(error.without_url())),
            }
            while let Some(block) = stream.next_block() {
                if block.event.as_deref() == Some("end") {
                    return ended(block.data.as_deref().unwrap_or_default());
                }
                if let Some(data) = block.data {
                    print_line(data.as_bytes());
                    self.left -= 1;
                }
                self.last_id = block.id.or(self.last_id.take());
                if self.left == 0 {
                    return Ok(broke_off());
                }
            }
        }
        Ok(broke_off())
    }
}

/// The stream said why it ends: some reasons pass, with others going on makes no sense.
fn ended(data: &str) -> Result<Failure, Failure> {
    if data.contains("\"rights\"") {
        return Err(Failure::new(
            Code::Refused,
            "令牌已收回或权限已撤销",
            "the token was taken back, or the right is gone",
        )
        .next("重新登录：peiyu login", "log in again: peiyu login"));
    }
    if data.contains("\"epoch_changed\"") {
        return Err(Failure::failed(
            "系统从备份恢复过，事件序列进入新的一期",
            "a backup was restored: the feed is in a new epoch",
        )
        .next(
            "核对恢复点之后的事件，再用 --after 重新开始",
            "compare what you hold beyond the restore, then begin with --after",
        ));
    }
    Ok(Failure::new(Code::Unreachable, "服务停止，事件流结束", "the service ended the stream"))
}

/// Prints a line byte for byte; gives its position.
fn print_line(line: &[u8]) -> Option<i64> {
    let mut out = std::io::stdout().lock();
    let newline: &[u8] = if line.ends_with(b"\n") { b"" } else { b"\n" };
    written(out.write_all(line).and_then(|()| out.write_all(newline)));
    let event: serde_json::Value = serde_json::from_slice(line).ok()?;
    event.get("position")?.as_i64()
}

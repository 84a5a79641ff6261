//! `peiyu epoch`: the feed's life between two restores, and the way out when the stream no longer fits it.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use peiyu_bus::{BusError, Stream};
use peiyu_contracts::subject::stream_name;
use peiyu_platform::Settings;
use peiyu_store::{FeedHead, Store};
use serde_json::json;

use crate::beside;
use crate::cli::Global;
use crate::failure::Failure;
use crate::terminal::{ask, say, say_json};

const SHOW: &str = "示例 Example:\n  peiyu epoch show";
const BEGIN: &str = "\
示例 Examples:
  peiyu epoch begin        问一句再开始 asks first
  peiyu epoch begin --yes  不问 does not ask

何时 When: 数据库恢复或切换过而没有用 peiyu restore，或流被人动过。订阅者会看到 epoch 变了；旧流保留。
After the database was restored or failed over without peiyu restore, or somebody damaged the stream.
Subscribers see another epoch; the old stream is kept.";

/// What about the epoch.
#[derive(Debug, Args)]
#[command(about = "事件序列的纪元 The epoch of the feed")]
pub(crate) struct Epoch {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Show(Show),
    Begin(Begin),
}

/// Shows it.
#[derive(Debug, Args)]
#[command(about = "现在是第几纪元 Which epoch it is", after_help = SHOW)]
struct Show {
    /// 设置文件 settings file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Begins the next one.
#[derive(Debug, Args)]
#[command(about = "开始下一纪元：建新流，旧流保留 Begin the next epoch: a new stream, the old one is kept", after_help = BEGIN)]
struct Begin {
    /// 不再询问 do not ask
    #[arg(long)]
    yes: bool,
    /// 设置文件 settings file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Epoch {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        match self.what {
            What::Show(show) => {
                let settings = beside::settings(global, show.config)?;
                let head = beside::store(&settings).await?.feed_head().await;
                tell(global, &settings, &head.map_err(|error| beside::away("PostgreSQL", error))?);
            }
            What::Begin(begin) => {
                let settings = beside::settings(global, begin.config)?;
                let store = beside::store(&settings).await?;
                confirm(begin.yes)?;
                tell(global, &settings, &next_epoch(&settings, &store).await?);
            }
        }
        Ok(())
    }
}

fn confirm(yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    let question = "订阅者要从新流重新对位，继续？Subscribers find their place anew; go on? [y/N]";
    match ask(question, "--yes")?.as_deref() {
        Some("y" | "Y" | "yes") => Ok(()),
        Some(_) | None => Err(Failure::usage("没有开始新纪元", "no new epoch was begun")),
    }
}

/// The next epoch of which no stream is there: one restored to before an earlier epoch began would find that
/// epoch's stream in its way.
async fn next_epoch(settings: &Settings, store: &Store) -> Result<FeedHead, Failure> {
    let away = |error: BusError| beside::away("NATS", error);
    let bus = beside::bus(settings).await?;
    loop {
        let head = store.begin_epoch().await.map_err(|error| beside::away("PostgreSQL", error))?;
        let stream = Stream::named(&bus, &stream_name(&settings.tenant, head.epoch));
        match stream.state().await {
            Err(BusError::NoStream { .. }) => return Ok(head),
            Ok(_) => {}
            Err(error) => return Err(away(error)),
        }
    }
}

fn tell(global: &Global, settings: &Settings, head: &FeedHead) {
    let stream = stream_name(&settings.tenant, head.epoch);
    if global.json {
        say_json(&json!({ "epoch": head.epoch, "position": head.position, "stream": stream }));
        return;
    }
    let (epoch, position) = (head.epoch, head.position);
    say(format!("纪元 epoch {epoch}，位置 position {position}，流 stream {stream}"));
}

//! `peiyu epoch`: the feed's life between two restores, and the way out when the stream no longer fits it.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use peiyu_contracts::subject::stream_name;
use peiyu_platform::Settings;
use peiyu_store::{FeedHead, Store};
use peiyu_vault::Register;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::beside;
use crate::cli::Global;
use crate::failure::Failure;
use crate::new_epoch::{Within, begin, highest};
use crate::terminal::{confirm, say, say_json};

const SHOW: &str = "示例 Example:\n  peiyu epoch show";
const BEGIN: &str = "\
示例 Examples:
  peiyu epoch begin        问一句再开始 asks first
  peiyu epoch begin --yes  不问 does not ask
  peiyu epoch begin --restored-from 2026-11-24T03:00:00+08:00   数据库恢复到那时 the database is that of then

何时 When: 数据库恢复或切换过而没有用 peiyu restore，或流被人动过。订阅者会看到 epoch 变了；旧流保留。
After the database was restored or failed over without peiyu restore, or somebody damaged the stream.
Subscribers see another epoch; the old stream is kept. With --restored-from reminders are held for an operator.";

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
    /// 数据库恢复或切换到的时刻；所有服务须先停止 to when the database went back; every service must stand still
    #[arg(long, value_name = "TIME")]
    restored_from: Option<Timestamp>,
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
                if begin.restored_from.is_some() {
                    refuse_services(&settings).await?;
                }
                let store = beside::store(&settings).await?;
                agreed(begin.yes)?;
                tell(global, &settings, &next_epoch(&settings, &store, begin.restored_from).await?);
            }
        }
        Ok(())
    }
}

fn agreed(yes: bool) -> Result<(), Failure> {
    let question = "订阅者要从新流重新对位，继续？Subscribers find their place anew; go on?";
    if yes || confirm(question, "--yes")? {
        return Ok(());
    }
    Err(Failure::usage("没有开始新纪元", "no new epoch was begun"))
}

/// The next epoch above every one of which a stream is there: one restored to before an earlier epoch began would
/// find that epoch's stream in its way.
async fn next_epoch(
    settings: &Settings,
    store: &Store,
    backed_up_at: Option<Timestamp>,
) -> Result<FeedHead, Failure> {
    let names = beside::bus(settings).await?.stream_names().await;
    let seen = highest(&names.map_err(|error| beside::away("NATS", error))?, &settings.tenant);
    let vault = beside::vault(settings).await?;
    if backed_up_at.is_some() {
        let register = Register::at(&settings.data.join("erasures"));
        vault.erase_registered(&register).await.map_err(|error| {
            Failure::failed("注销名单没有用上", "the erasures were not applied again").because(error)
        })?;
    }
    let (tenant, offset_seconds) = (settings.tenant.as_str(), settings.clock.offset_seconds);
    let began = begin(Within { store, vault, tenant, offset_seconds, backed_up_at }, seen).await?;
    Ok(FeedHead { epoch: began.epoch, position: began.position })
}

/// A service that runs on would work with what is gone.
async fn refuse_services(settings: &Settings) -> Result<(), Failure> {
    // One connection, lest another of our own be counted.
    let store = Store::connect(settings.database.url.expose_secret(), 1).await;
    let store = store.map_err(|error| beside::away("PostgreSQL", error))?;
    // Connections of services bear these names.
    let select = "select count(*) from pg_stat_activity where datname = current_database() \
                  and application_name like 'peiyu-%' and pid <> pg_backend_pid()";
    let others: Result<i64, _> = sqlx::query_scalar(select).fetch_one(store.pool()).await;
    let others = others.map_err(|error| beside::away("PostgreSQL", error))?;
    store.pool().close().await;
    if others == 0 {
        return Ok(());
    }
    Err(Failure::failed(
        format!("还有服务开着 {others} 个数据库连接"),
        format!("services hold {others} connections to the database"),
    )
    .next("先停止所有服务", "stop every service first"))
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

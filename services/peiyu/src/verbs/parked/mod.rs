//! `peiyu parked`: streams that wait because of a bad event: list, look, retry, skip; beside the data.

mod act;
mod look;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use uuid::Uuid;

use crate::cli::Global;
use crate::failure::Failure;

/// What to do about parked streams.
#[derive(Debug, Args)]
#[command(about = "被搁置的流：查看、重试、跳过 Streams parked behind a bad event: list, show, retry, skip")]
pub(crate) struct Parked {
    #[command(subcommand)]
    what: What,
    /// 设置文件 settings file
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// 列出（数目准确） List them, with exact counts
    #[command(after_help = "示例 Examples:\n  peiyu parked list\n  peiyu parked list candidates --json")]
    List {
        /// 哪些读模型，缺省全部 which read models, all by default
        #[arg(value_name = "VIEW")]
        views: Vec<String>,
    },
    /// 看一个流里等待的事件（不显示内容） The events of a stream that wait; never their content
    #[command(
        after_help = "示例 Example:\n  peiyu parked show candidates 0198c1f0-7a3e-7c55-8f0a-2d9b6c1e4f70"
    )]
    Show(One),
    /// 重试：修好后按顺序补入 Retry: takes in what waits, in order, once the cause is mended
    #[command(
        after_help = "示例 Examples:\n  peiyu parked retry --reason 升级后重试\n  peiyu parked retry --kind candidate --reason 升级后重试\n  peiyu parked retry candidates 0198c1f0-7a3e-7c55-8f0a-2d9b6c1e4f70 --reason 已修复"
    )]
    Retry {
        #[command(flatten)]
        wanted: Wanted,
        /// 原因，留存备查 why; kept on record
        #[arg(long, default_value = "retry", value_name = "TEXT")]
        reason: String,
    },
    /// 永久跳过一个事件，其后的随即补入 Skip one event for good; what waits behind it is taken in at once
    #[command(
        after_help = "示例 Example:\n  peiyu parked skip candidates 0198c1f0-7a3e-7c55-8f0a-2d9b6c1e4f70 --position 1234 --reason 重复导入的坏数据"
    )]
    Skip {
        #[command(flatten)]
        one: One,
        /// 事件的位置，见 list position of the event, see list
        #[arg(long, value_name = "N")]
        position: i64,
        /// 原因，留存备查 why; kept on record
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// Which streams.
#[derive(Debug, Args)]
struct Wanted {
    /// 读模型，缺省全部 read model, all by default
    #[arg(value_name = "VIEW")]
    view: Option<String>,
    /// 流，缺省全部 stream, all by default
    #[arg(value_name = "STREAM", requires = "view")]
    stream: Option<Uuid>,
    /// 聚合种类，如 candidate，缺省全部 kind of aggregate such as candidate, all by default
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
}

/// A stream of a read model.
#[derive(Debug, Args)]
struct One {
    /// 读模型 read model
    #[arg(value_name = "VIEW")]
    view: String,
    /// 流 stream
    #[arg(value_name = "STREAM")]
    stream: Uuid,
    /// 聚合种类，同一编号有几个流时 kind of aggregate, when several streams share the id
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
}

impl Parked {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        match self.what {
            What::List { views } => look::list(global, self.config, &views).await,
            What::Show(one) => look::show(global, self.config, &one).await,
            What::Retry { wanted, reason } => act::retry(global, self.config, &wanted, &reason).await,
            What::Skip { one, position, reason } => {
                act::skip(global, self.config, &one, position, &reason).await
            }
        }
    }
}

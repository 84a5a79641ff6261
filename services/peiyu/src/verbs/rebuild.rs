//! `peiyu rebuild`: fills read models anew beside the serving ones, then switches.

use std::path::PathBuf;

use clap::Args;
use peiyu_projector::Feed;
use peiyu_views::View;
use peiyu_views::rebuild::{Start, rebuild, unfinished};
use serde_json::json;
use sqlx::PgPool;

use crate::beside;
use crate::cli::Global;
use crate::failure::Failure;
use crate::terminal::{Progress, say, say_json};

const EXAMPLES: &str = "\
示例 Examples:
  peiyu rebuild
  peiyu rebuild persons candidates
  peiyu rebuild --resume    接着做完被中断的 goes on with what was cut off
  peiyu rebuild --restart   从头再来 begins at zero again";

/// Which read models.
#[derive(Debug, Args)]
#[command(about = "重建读模型（旧的继续服务到切换） Rebuild read models; the old ones serve until the switch", after_help = EXAMPLES)]
pub(crate) struct Rebuild {
    /// 哪些，缺省全部 which ones, all by default
    #[arg(value_name = "VIEW")]
    views: Vec<String>,
    /// 接着做完被中断的重建 go on with a rebuild that was cut off
    #[arg(long, conflicts_with = "restart")]
    resume: bool,
    /// 丢弃被中断的重建，从头开始 discard a rebuild that was cut off, begin at zero
    #[arg(long)]
    restart: bool,
    /// 设置文件 settings file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Rebuild {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let views = beside::views_named(&self.views)?;
        let settings = beside::settings(global, self.config.clone())?;
        let store = beside::store_of_projector(&settings).await?;
        let start = self.start(store.pool(), &views).await?;
        let feed = Feed::new(store.clone(), beside::vault(&settings).await?);
        let stop = beside::stop()?;
        let mut progress = Progress::begin("重建 rebuilding", global.json);
        let mut tell = |events: i64, of: i64| {
            progress.at(u64::try_from(events).unwrap_or(0), u64::try_from(of).unwrap_or(0));
        };
        let rebuilt = tokio::select! {
            rebuilt = rebuild(store.pool(), &views, &feed, start, &mut tell) => rebuilt.map_err(failed)?,
            () = stop.requested() => return Err(stopped(store.pool()).await),
        };
        progress.end();
        if global.json {
            let list =
                rebuilt.iter().map(|(view, position)| json!({ "view": view.name(), "position": position }));
            say_json(&json!({ "rebuilt": list.collect::<Vec<_>>() }));
        } else {
            rebuilt.iter().for_each(|(view, position)| say(format!("✓ {} @ {position}", view.name())));
        }
        Ok(())
    }

    /// What was cut off is neither gone on with nor thrown away unasked.
    async fn start(&self, pool: &PgPool, views: &[View]) -> Result<Start, Failure> {
        if self.restart || self.resume {
            return Ok(if self.resume { Start::Resume } else { Start::Again });
        }
        let cut_off = cut_off(pool, views).await?;
        if cut_off.is_empty() {
            return Ok(Start::Again);
        }
        let cut_off = cut_off.join("、");
        Err(Failure::usage(
            format!("上次的重建没有做完：{cut_off}"),
            format!("an earlier rebuild was cut off: {cut_off}"),
        )
        .next("接着做：--resume；从头来：--restart", "go on: --resume; begin again: --restart"))
    }
}

/// Unfinished rebuilds of these read models, each as `name done/of`.
async fn cut_off(pool: &PgPool, views: &[View]) -> Result<Vec<String>, Failure> {
    let unfinished = unfinished(pool).await.map_err(|error| beside::away("PostgreSQL", error))?;
    let told = unfinished.into_iter().filter(|one| views.contains(&one.view)).map(|one| match one.replay {
        Some((events, of)) => format!("{} {events}/{of}", one.view.name()),
        None => one.view.name().to_owned(),
    });
    Ok(told.collect())
}

fn failed(error: peiyu_views::ViewError) -> Failure {
    Failure::failed("重建没有做完，旧的继续服务", "the rebuild was not finished; the old ones serve on")
        .because(error)
        .next("修好后：peiyu rebuild --resume", "when it is mended: peiyu rebuild --resume")
}

async fn stopped(pool: &PgPool) -> Failure {
    let left = cut_off(pool, View::ALL).await.unwrap_or_default().join("、");
    Failure::failed(
        format!("已停下，旧的继续服务；未完成：{left}"),
        format!("stopped; the old ones serve on; unfinished: {left}"),
    )
    .next("接着做：peiyu rebuild --resume", "go on: peiyu rebuild --resume")
}

//! `peiyu rebuild`: fills read models anew beside the serving ones, then switches.

use std::path::PathBuf;

use clap::Args;
use peiyu_projector::Feed;
use serde_json::json;

use crate::beside;
use crate::cli::Global;
use crate::failure::Failure;
use crate::terminal::{Progress, say, say_json};

const EXAMPLES: &str = "示例 Examples:\n  peiyu rebuild\n  peiyu rebuild persons candidates";

/// Which read models.
#[derive(Debug, Args)]
#[command(about = "重建读模型（旧的继续服务到切换） Rebuild read models; the old ones serve until the switch", after_help = EXAMPLES)]
pub(crate) struct Rebuild {
    /// 哪些，缺省全部 which ones, all by default
    #[arg(value_name = "VIEW")]
    views: Vec<String>,
    /// 设置文件 settings file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Rebuild {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let views = beside::views_named(&self.views)?;
        let settings = beside::settings(global, self.config)?;
        let store = beside::store_of_projector(&settings).await?;
        let feed = Feed::new(store.clone(), beside::vault(&settings).await?);
        let mut progress = Progress::begin("重建 rebuilding", global.json);
        let mut rebuilt = Vec::with_capacity(views.len());
        for (done, view) in (1..).zip(&views) {
            let position = peiyu_views::rebuild::rebuild(store.pool(), *view, &feed).await;
            let position = position.map_err(|error| {
                Failure::failed(
                    format!("重建 {} 失败，旧的继续服务", view.name()),
                    format!("{} could not be rebuilt; the old one serves on", view.name()),
                )
                .because(error)
            })?;
            rebuilt.push((view.name(), position));
            progress.at(done, u64::try_from(views.len()).unwrap_or(u64::MAX));
        }
        progress.end();
        if global.json {
            let list = rebuilt.iter().map(|(view, position)| json!({ "view": view, "position": position }));
            say_json(&json!({ "rebuilt": list.collect::<Vec<_>>() }));
        } else {
            rebuilt.iter().for_each(|(view, position)| say(format!("✓ {view} @ {position}")));
        }
        Ok(())
    }
}

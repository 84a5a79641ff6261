//! `peiyu demo`: the invented people, begun anew.

use std::fs;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::Global;
use crate::client;
use crate::failure::Failure;
use crate::place::Place;
use crate::settings_file;
use crate::terminal::{confirm, is_interactive, note};
use crate::verbs::{down, up};

/// What to do with the invented people.
#[derive(Debug, Args)]
#[command(about = "示例系统 The trial system with invented people")]
pub(crate) struct Demo {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// 删除示例系统的全部数据，重新开始 Delete everything in the trial system and begin anew
    #[command(after_help = "示例 Examples:\n  peiyu demo reset\n  peiyu demo reset --yes")]
    Reset {
        /// 不再询问 do not ask
        #[arg(long)]
        yes: bool,
    },
}

impl Demo {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let What::Reset { yes } = self.what;
        let place = Place::at(global.data.as_deref());
        // A university's own backup may have been restored where a demo once was.
        let tenant = settings_file::kept(&place.settings())?.tenant;
        let is_restored = place.epoch().exists() && tenant.is_some_and(|tenant| tenant != up::DEMO);
        if !place.demo_state().exists() || is_restored {
            return Err(no_demo(&place));
        }
        if !yes && !agreed(&place)? {
            note("什么都没有改 nothing was changed");
            return Ok(());
        }
        down::stop(&place).await?;
        let held = place.hold()?;
        for path in everything(&place) {
            remove(&path)?;
        }
        client::forget(&place.folder().display().to_string())?;
        drop(held);
        up::start_in_background(&place, global).await
    }
}

/// A folder that the invented people never entered holds a university's own records: nothing of it is deleted here.
fn no_demo(place: &Place) -> Failure {
    let folder = place.folder().display();
    Failure::usage(
        format!("{folder} 里没有示例系统，不会删除任何东西"),
        format!("there is no trial with invented people in {folder}; nothing is deleted"),
    )
    .next(
        "指明文件夹：--data 文件夹；或启动一个：peiyu up",
        "name its folder: --data DIR; or start one: peiyu up",
    )
}

fn agreed(place: &Place) -> Result<bool, Failure> {
    let folder = place.folder().display();
    if is_interactive() {
        note(format!(
            "{folder} 里的全部数据将被删除，包括后来导入和记录的\n  everything in {folder} will be deleted, also what was imported and recorded since"
        ));
    }
    confirm("删除并重新开始 delete and begin anew?", "--yes")
}

/// What a trial consists of; settings, the operator's token and the log stay. The mark of the demo goes last: a reset
/// that broke off half way can be asked for again.
fn everything(place: &Place) -> Vec<PathBuf> {
    let named = |name: &str| place.folder().join(name);
    vec![
        place.nats(),
        place.postgres(),
        place.master_key(),
        place.trial(),
        place.erasures(),
        place.epoch(),
        place.demo_logins(),
        named("demo"),
        named("mail"),
        named("uploads"),
        place.demo_state(),
    ]
}

fn remove(path: &std::path::Path) -> Result<(), Failure> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Failure::file(path)(error)),
    };
    let removed = if found.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.map_err(Failure::file(path))
}

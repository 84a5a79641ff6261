//! `peiyu man`: manual pages, one for each verb.

use std::path::PathBuf;

use clap::{Args, CommandFactory};
use serde_json::json;

use crate::cli::{Cli, Global};
use crate::failure::Failure;
use crate::terminal::{say, say_json};

/// Where to.
#[derive(Debug, Args)]
#[command(
    about = "生成手册页 Write manual pages, one for each verb",
    after_help = "示例 Example:\n  peiyu man ~/.local/share/man/man1"
)]
pub(crate) struct Man {
    /// 文件夹 folder, made when it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Man {
    pub(crate) fn run(self, global: &Global) -> Result<(), Failure> {
        std::fs::create_dir_all(&self.folder).map_err(Failure::file(&self.folder))?;
        clap_mangen::generate_to(Cli::command(), &self.folder).map_err(Failure::file(&self.folder))?;
        let pages = std::fs::read_dir(&self.folder).map_err(Failure::file(&self.folder))?.count();
        let folder = self.folder.display();
        if global.json {
            say_json(&json!({ "folder": folder.to_string(), "pages": pages }));
        } else {
            say(format!("手册页在 manual pages are in {folder}"));
        }
        Ok(())
    }
}

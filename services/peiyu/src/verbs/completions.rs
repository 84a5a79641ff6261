//! `peiyu completions`: tab completion for a shell.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::failure::Failure;

const EXAMPLES: &str = "\
示例 Examples:
  peiyu completions bash > ~/.local/share/bash-completion/completions/peiyu
  peiyu completions zsh > ~/.zfunc/_peiyu
  peiyu completions fish > ~/.config/fish/completions/peiyu.fish";

/// Which shell.
#[derive(Debug, Args)]
#[command(
    about = "生成命令补全 Tab completion for a shell",
    after_help = EXAMPLES
)]
pub(crate) struct Completions {
    /// 哪种 shell which shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "peiyu", &mut script);
        crate::terminal::say(String::from_utf8_lossy(&script).trim_end());
        Ok(())
    }
}

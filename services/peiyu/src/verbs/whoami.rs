//! `peiyu whoami`: account, offices today, and the rights that follow.

use clap::Args;

use crate::cli::Global;
use crate::client::Client;
use crate::failure::Failure;
use crate::people::text;
use crate::terminal::{say, say_json};

/// No arguments of its own.
#[derive(Debug, Args)]
#[command(
    about = "我是谁、有哪些权限 Who I am and what I may do",
    after_help = "示例 Example:\n  peiyu whoami"
)]
pub(crate) struct Whoami {}

impl Whoami {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let client = Client::connect(global)?;
        let answer = client.get("/v1/whoami", &[]).await?;
        if global.json {
            say_json(&answer);
            return Ok(());
        }
        let name = text(&answer, "/name");
        let name = if name.is_empty() { "操作员 operator".to_owned() } else { name };
        say(format!("{name} {} @ {}", text(&answer, "/login"), client.base()));
        for office in answer.get("offices").and_then(|offices| offices.as_array()).into_iter().flatten() {
            let title = text(office, "/title");
            let title = if title.is_empty() { text(office, "/office") } else { title };
            say(format!("  {} {title}", text(office, "/organisation_name")));
        }
        say(format!("权限 rights: {}", text(&answer, "/rights")));
        Ok(())
    }
}

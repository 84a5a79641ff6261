//! `peiyu whoami`: account, offices today, and the rights that follow.

use clap::Args;

use crate::cli::Global;
use crate::client::Client;
use crate::failure::Failure;
use crate::people::{text, word};
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
        say(format!("{name} @ {}，今天 today {}", client.base(), text(&answer, "/today")));
        for office in answer.get("offices").and_then(|offices| offices.as_array()).into_iter().flatten() {
            let kind = word(office, "/organisation_kind", "organisation_kind");
            say(format!("  {kind} {}", word(office, "/office", "office_kind")));
        }
        say(format!("权限 rights: {}", word(&answer, "/rights", "right")));
        Ok(())
    }
}

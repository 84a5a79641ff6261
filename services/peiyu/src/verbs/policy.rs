//! `peiyu policy`: the numbers in force, and the adoption of others.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::cli::Global;
use crate::client::Client;
use crate::failure::Failure;
use crate::people::text;
use crate::terminal::{say, say_json};

/// What to do with policies.
#[derive(Debug, Args)]
#[command(about = "政策数字：查看、采用 Policy numbers: show, adopt")]
pub(crate) struct Policy {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// 现行政策 The policy in force
    #[command(after_help = "示例 Example:\n  peiyu policy show")]
    Show,
    /// 采用政策文件（可更严，不可低于底线） Adopt a policy file: stricter is allowed, weaker than the floor is not
    #[command(after_help = "示例 Example:\n  peiyu policy show > 政策.toml; peiyu policy adopt 政策.toml")]
    Adopt {
        /// 文件 file (TOML)
        file: PathBuf,
    },
}

impl Policy {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let client = Client::connect(global)?;
        match self.what {
            What::Show => {
                let answer = client.get("/v1/policies/current", &[]).await?;
                let content = text(&answer, "/content");
                if global.json || content.is_empty() {
                    say_json(&answer);
                } else {
                    say(content.trim_end());
                }
            }
            What::Adopt { file } => {
                let content = std::fs::read_to_string(&file).map_err(Failure::file(&file))?;
                let answer = client.post("/v1/policies", &json!({ "content": content })).await?;
                if global.json {
                    say_json(&answer);
                } else {
                    say(format!("已采用 adopted: {}", file.display()));
                }
            }
        }
        Ok(())
    }
}

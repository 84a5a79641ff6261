//! `peiyu reminders`: what went out, and why or why not.

use clap::{Args, Subcommand};

use crate::cli::Global;
use crate::client::Client;
use crate::failure::Failure;
use crate::people::{self, items, text};
use crate::table::Table;
use crate::terminal::{say, say_json};
use serde_json::Value;

/// What to look at.
#[derive(Debug, Args)]
#[command(about = "提醒：发了什么、为什么 Reminders: what went out, and why")]
pub(crate) struct Reminders {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// 已发出的提醒 Reminders that went out
    #[command(after_help = "示例 Example:\n  peiyu reminders list --limit 20")]
    List {
        /// 最多几行 rows at most
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// 事件→责任→提醒→送达，以及为何没有提醒 From event to duty to reminder to delivery, and why not
    #[command(after_help = "示例 Example:\n  peiyu reminders explain 9000112")]
    Explain {
        /// 工号 staff number
        staff_number: String,
    },
}

impl Reminders {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let client = Client::connect(global)?;
        match self.what {
            What::List { limit } => {
                let answer = client.get("/v1/reminders", &[("limit", limit.to_string())]).await?;
                list(global, &answer);
            }
            What::Explain { staff_number } => {
                let person = people::find(&client, &staff_number).await?;
                let query = [("person", person.id.clone())];
                let answer = client.get("/v1/reminders/explain", &query).await?;
                if global.json {
                    say_json(&answer);
                } else {
                    say(format!("{} {}", person.name, person.staff_number));
                    explain(&answer);
                }
            }
        }
        Ok(())
    }
}

fn list(global: &Global, answer: &Value) {
    if global.json {
        say_json(answer);
        return;
    }
    let mut table = Table::new(["日期", "收件人", "渠道", "结果", "事项数", "原因"]);
    for reminder in items(answer) {
        let cells = ["/day", "/addressee_name", "/channel", "/state", "/obligation_count", "/reason"];
        table.row(cells.map(|cell| text(reminder, cell)));
    }
    say(table.render());
}

/// Whatever the api explains, as an indented outline.
fn explain(answer: &Value) {
    match answer.get("sentences").and_then(Value::as_array) {
        Some(sentences) => sentences.iter().for_each(|sentence| say(format!("  {}", text(sentence, "")))),
        None => say(format!("{answer:#}")),
    }
}

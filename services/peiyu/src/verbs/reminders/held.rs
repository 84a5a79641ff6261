//! `peiyu reminders held`: after a restore nobody knows what was sent since the backup; an operator decides.

use clap::Subcommand;
use serde_json::{Value, json};

use crate::cli::Global;
use crate::client::Client;
use crate::failure::Failure;
use crate::people::{items, text};
use crate::table::Table;
use crate::terminal::{confirm, note, say, say_json};

/// What to do with them.
#[derive(Debug, Subcommand)]
pub(super) enum Held {
    /// 暂停了哪些 Which are held
    #[command(after_help = "示例 Example:\n  peiyu reminders held list --operator")]
    List,
    /// 放行：随下一次提醒发出（可能重复） Let them go out with the next digests; some may be doubles
    #[command(after_help = "示例 Examples:\n  peiyu reminders held release --operator\n  \
        peiyu reminders held release --operator --yes")]
    Release {
        /// 不再询问 do not ask
        #[arg(long)]
        yes: bool,
    },
    /// 取消：不再发出，以后的升级提醒照常 Drop them for good; later rungs still go out
    #[command(after_help = "示例 Examples:\n  peiyu reminders held drop --operator\n  \
        peiyu reminders held drop --operator --yes")]
    Drop {
        /// 不再询问 do not ask
        #[arg(long)]
        yes: bool,
    },
}

impl Held {
    pub(super) async fn run(self, global: &Global, client: &Client) -> Result<(), Failure> {
        if !self.is_agreed()? {
            note("什么都没有改 nothing was changed");
            return Ok(());
        }
        let answer = match self {
            Self::List => client.get("/v1/reminders/held", &[]).await?,
            Self::Release { .. } => client.post("/v1/reminders/held/release", &json!({})).await?,
            Self::Drop { .. } => client.post("/v1/reminders/held/drop", &json!({})).await?,
        };
        if global.json {
            say_json(&answer);
            return Ok(());
        }
        match self {
            Self::List => list(&answer),
            Self::Release { .. } => {
                say("已放行，随下一次提醒发出 released: they go out with the next digests")
            }
            Self::Drop { .. } => say("已取消，不再发出 dropped: they do not go out"),
        }
        Ok(())
    }
}

impl Held {
    /// Neither way can be taken back, so somebody who sits there is asked first.
    fn is_agreed(&self) -> Result<bool, Failure> {
        match self {
            Self::List | Self::Release { yes: true } | Self::Drop { yes: true } => Ok(true),
            Self::Release { yes: false } => confirm(
                "放行暂停的提醒？备份后发过的会重复 release what is held? what went out since the backup goes out again",
                "--yes",
            ),
            Self::Drop { yes: false } => {
                confirm("取消暂停的提醒？不能撤回 drop what is held? this cannot be taken back", "--yes")
            }
        }
    }
}

fn list(answer: &Value) {
    if items(answer).is_empty() {
        say("没有暂停的提醒 nothing is held");
        return;
    }
    let mut table = Table::new(["收件人", "事项数", "最早期限"]);
    for digest in items(answer) {
        table
            .row(["/addressee_name", "/obligation_count", "/earliest_due_on"].map(|cell| text(digest, cell)));
    }
    say(table.render());
    say("放行 release: peiyu reminders held release；取消 drop: peiyu reminders held drop");
}

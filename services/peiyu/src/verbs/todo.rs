//! `peiyu todo`: what the account logged in has to do, oldest first.

use clap::Args;

use crate::cli::Global;
use crate::client::Client;
use crate::failure::Failure;
use crate::people::{items, text, word};
use crate::table::Table;
use crate::terminal::{say, say_json};

/// No arguments of its own.
#[derive(Debug, Args)]
#[command(
    about = "我的待办 What I have to do",
    after_help = "示例 Examples:\n  peiyu todo\n  peiyu todo --json"
)]
pub(crate) struct Todo {}

impl Todo {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let answer = Client::connect(global)?.get("/v1/todo", &[]).await?;
        if global.json {
            say_json(&answer);
            return Ok(());
        }
        if items(&answer).is_empty() {
            say("没有待办。 Nothing to do.");
            return Ok(());
        }
        let mut table = Table::new(["状态", "期限", "超期天数", "事项", "对象", "工号", "依据"]);
        for duty in items(&answer) {
            table.row([
                word(duty, "/state", "duty_state"),
                text(duty, "/due_on"),
                text(duty, "/overdue_days"),
                word(duty, "/kind", "duty_kind"),
                text(duty, "/name"),
                text(duty, "/staff_number"),
                text(duty, "/article"),
            ]);
        }
        say(table.render());
        say("记录谈话 record a talk: peiyu talk record --candidate 工号");
        Ok(())
    }
}

//! `peiyu coverage`: who has nobody, which leader has nobody, load of each, gaps in days.

use clap::Args;
use jiff::civil::Date;

use crate::cli::Global;
use crate::client::Client;
use crate::failure::Failure;
use crate::people::text;
use crate::table::Table;
use crate::terminal::{say, say_json};
use serde_json::Value;

const EXAMPLES: &str = "示例 Examples:\n  peiyu coverage\n  peiyu coverage --as-of 2026-09-01 --json";

/// As of which day.
#[derive(Debug, Args)]
#[command(about = "联系覆盖：谁没有联系人、谁没有联系对象、各自人数、缺口天数 Coverage of liaisons: who has none, leaders with nobody, loads, gaps", after_help = EXAMPLES)]
pub(crate) struct Coverage {
    /// 截至哪天，缺省今天 as of which day, today by default
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
}

impl Coverage {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let client = Client::connect(global)?;
        let query: Vec<_> = self.as_of.iter().map(|day| ("as_of", day.to_string())).collect();
        let answer = client.get("/v1/coverage", &query).await?;
        if global.json {
            say_json(&answer);
            return Ok(());
        }
        say(format!("截至 as of {}", text(&answer, "/as_of")));
        section(&answer, "/without_liaison", "没有联系人 without a liaison", |rows| {
            let mut table = Table::new(["工号", "姓名", "单位", "自", "缺口天数"]);
            for row in rows {
                let cells = ["/staff_number", "/name", "/unit", "/since", "/gap_days"];
                table.row(cells.map(|cell| text(row, cell)));
            }
            table
        });
        section(
            &answer,
            "/leaders_with_nobody",
            "没有联系对象的责任人 leaders with nobody",
            |rows| {
                let mut table = Table::new(["工号", "姓名", "组织", "职务"]);
                for row in rows {
                    table.row(
                        ["/staff_number", "/name", "/organisation", "/title"].map(|cell| text(row, cell)),
                    );
                }
                table
            },
        );
        section(&answer, "/loads", "联系人数 loads", |rows| {
            let mut table = Table::new(["工号", "姓名", "组织", "人数"]);
            for row in rows {
                table.row(["/staff_number", "/name", "/organisation", "/load"].map(|cell| text(row, cell)));
            }
            table
        });
        Ok(())
    }
}

fn section(answer: &Value, pointer: &str, title: &str, rows: impl Fn(&[Value]) -> Table) {
    let list = answer.pointer(pointer).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let table = rows(list);
    say(format!("\n{title}: {}", table.len()));
    if !table.is_empty() {
        say(table.render());
    }
}

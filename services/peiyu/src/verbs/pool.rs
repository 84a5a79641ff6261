//! `peiyu pool`: the information pool, filtered.

use clap::Args;
use serde_json::{Value, json};

use crate::cli::Global;
use crate::client::Client;
use crate::failure::Failure;
use crate::people::{items, text, word};
use crate::table::Table;
use crate::terminal::{note, say, say_json};

const EXAMPLES: &str = "\
示例 Examples:
  peiyu pool
  peiyu pool --category doctor --without-liaison
  peiyu pool --all --json";

/// Rows of one page.
const PAGE: u32 = 200;
/// Most pages fetched with `--all`: more than any university has people.
const MOST_PAGES: u32 = 1_000;

/// Filters.
#[derive(Debug, Args)]
#[command(about = "高知群体信息库 The information pool", after_help = EXAMPLES)]
pub(crate) struct Pool {
    /// 类别 category: doctor, returnee, talent, …
    #[arg(long)]
    category: Option<String>,
    /// 组织 id，含下级 organisation id, with what is below it
    #[arg(long, value_name = "ID")]
    organisation: Option<String>,
    /// 联系人工号 staff number of the liaison
    #[arg(long, value_name = "STAFF")]
    liaison: Option<String>,
    /// 只列没有联系人的 only those without a liaison
    #[arg(long)]
    without_liaison: bool,
    /// 只列应办或超期的 only whose duty is due or overdue: due, overdue
    #[arg(long)]
    state: Option<String>,
    /// 最多几行 rows at most
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// 全部 everybody
    #[arg(long)]
    all: bool,
}

impl Pool {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let client = Client::connect(global)?;
        let mut query = Vec::new();
        let given = [("category", self.category), ("organisation", self.organisation), ("state", self.state)];
        query.extend(given.into_iter().filter_map(|(name, value)| Some((name, value?))));
        if let Some(liaison) = &self.liaison {
            query.push(("liaison", crate::people::find(&client, liaison).await?.id));
        }
        if self.without_liaison {
            query.push(("without_liaison", "true".to_owned()));
        }
        let (rows, more) = fetch(&client, query, self.all, self.limit).await?;
        if global.json {
            say_json(&json!({ "items": rows, "more": more }));
            return Ok(());
        }
        let mut table = Table::new(["工号", "姓名", "单位", "教研室", "类别", "联系人", "最近谈话", "状态"]);
        for row in &rows {
            table.row([
                text(row, "/staff_number"),
                text(row, "/name"),
                text(row, "/unit"),
                text(row, "/room"),
                word(row, "/categories", "category"),
                text(row, "/liaison_name"),
                text(row, "/last_talk"),
                word(row, "/state", "duty_state"),
            ]);
        }
        say(table.render());
        if more {
            note("还有更多：--all 或 --limit there are more: --all or --limit");
        }
        Ok(())
    }
}

/// The rows, and whether there are more.
async fn fetch(
    client: &Client,
    query: Vec<(&'static str, String)>,
    all: bool,
    limit: u32,
) -> Result<(Vec<Value>, bool), Failure> {
    let mut rows = Vec::new();
    let mut cursor: Option<String> = None;
    for _page in 0..MOST_PAGES {
        let wanted =
            if all { PAGE } else { limit.saturating_sub(u32::try_from(rows.len()).unwrap_or(limit)) };
        let mut asked = query.clone();
        asked.push(("limit", wanted.min(PAGE).to_string()));
        asked.extend(cursor.take().map(|cursor| ("cursor", cursor)));
        let answer = client.get("/v1/pool", &asked).await?;
        let before = rows.len();
        rows.extend(items(&answer).iter().cloned());
        cursor = ["/next_cursor", "/cursor", "/next"]
            .iter()
            .find_map(|pointer| answer.pointer(pointer).and_then(Value::as_str).map(ToOwned::to_owned));
        let enough = !all && rows.len() >= limit as usize;
        if cursor.is_none() || enough || rows.len() == before {
            break;
        }
    }
    Ok((rows, cursor.is_some()))
}

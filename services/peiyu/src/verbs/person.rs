//! `peiyu person`: sets one field of a person's record right, with a reason.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::cli::Global;
use crate::client::Client;
use crate::failure::Failure;
use crate::people;
use crate::terminal::{ask, missing, say, say_json};

/// What to do with a person's record.
#[derive(Debug, Args)]
#[command(about = "人员信息更正 Correct a person's record")]
pub(crate) struct Person {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// 更正一个字段；以后的名册不会覆盖它 Correct one field; no later roster overwrites it
    #[command(
        after_help = "示例 Example:\n  peiyu person correct 9000112 --field title --value 副教授 --reason 聘书编号2026-18"
    )]
    Correct {
        /// 工号 staff number
        staff_number: String,
        /// 字段 field: name, sex, born_on, education, degree, title, unit, room, political_status, talent, …
        #[arg(long)]
        field: String,
        /// 正确的值，空表示没有 the right value, empty for none
        #[arg(long)]
        value: String,
        /// 理由 why
        #[arg(long)]
        reason: Option<String>,
    },
}

impl Person {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let What::Correct { staff_number, field, value, reason } = self.what;
        let client = Client::connect(global)?;
        let person = people::find(&client, &staff_number).await?;
        let reason = match reason {
            Some(reason) => reason,
            None => ask("理由 reason", "--reason")?.ok_or_else(|| missing("--reason"))?,
        };
        let etag = people::etag(&client, &format!("/v1/persons/{}", person.id)).await?;
        let body = json!({ "field": field, "value": value, "reason": reason });
        let answer = client.post_if(&format!("/v1/persons/{}/corrections", person.id), &body, &etag).await?;
        if global.json {
            say_json(&answer);
        } else {
            say(format!("已更正 corrected: {} {} {field} = {value}", person.staff_number, person.name));
        }
        Ok(())
    }
}

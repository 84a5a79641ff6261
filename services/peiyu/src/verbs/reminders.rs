//! `peiyu reminders`: what went out, and why or why not.

mod held;
mod template;

use clap::{Args, Subcommand};

use crate::cli::Global;
use crate::client::Client;
use crate::failure::Failure;
use crate::people::{self, items, text, word};
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
    /// 恢复备份后暂停的提醒：查看、放行、取消 Held since a restore: list, release, drop
    Held {
        #[command(subcommand)]
        what: held::Held,
    },
    /// 邮件用语：查看、修改、恢复 Wording of mails: show, set, restore
    Template {
        #[command(subcommand)]
        what: template::Template,
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
            What::Held { what } => what.run(global, &client).await?,
            What::Template { what } => what.run(global, &client).await?,
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
        table.row([
            text(reminder, "/day"),
            text(reminder, "/addressee_name"),
            word(reminder, "/channel", "channel"),
            word(reminder, "/state", "reminder_state"),
            text(reminder, "/obligation_count"),
            word(reminder, "/reason", "reminder_failure"),
        ]);
    }
    say(table.render());
}

/// Event -> duty -> reminder -> delivery, and why not, as an outline.
fn explain(answer: &Value) {
    if items(answer).is_empty() {
        say("没有责任事项，所以没有提醒。 No duty, hence no reminder.");
    }
    for duty in items(answer) {
        let state = duty.get("state").unwrap_or(&Value::Null);
        let state =
            if state.is_object() { word(state, "/state", "duty_state") } else { text(duty, "/state") };
        say(format!(
            "\n{}（{}）：自 since {}，期限 due {}，{state}",
            word(duty, "/kind", "duty_kind"),
            text(duty, "/article"),
            text(duty, "/anchor"),
            text(duty, "/due_on"),
        ));
        say(format!("  事件 event {}，记录 recorded {}", text(duty, "/opened_by"), text(duty, "/known_on")));
        for rung in duty.get("rungs").and_then(Value::as_array).into_iter().flatten() {
            let known = rung.get("is_calendar_known").and_then(Value::as_bool).unwrap_or(true);
            let guessed =
                if known { "" } else { "（该年度放假安排未载入，按周一至周五推算）" };
            say(format!("  {} {}{guessed}", text(rung, "/day"), word(rung, "/rung", "rung")));
            for told in rung.get("told").and_then(Value::as_array).into_iter().flatten() {
                say(format!("    {}", because(told)));
            }
        }
    }
}

/// Who was told, or was not, and why, with the facts that the reason has.
fn because(told: &Value) -> String {
    let who = text(told, "/addressee_name");
    let mut parts =
        vec![if who.is_empty() { "—".to_owned() } else { who }, word(told, "/reason", "told_because")];
    parts.extend(["/day", "/on"].map(|pointer| text(told, pointer)));
    parts.push(word(told, "/failure", "reminder_failure"));
    parts.push(word(told, "/rung", "rung"));
    if told.get("possible_double").and_then(Value::as_bool) == Some(true) {
        parts.push("（可能重复发送）".to_owned());
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use peiyu_domain::duties::Rung;
    use peiyu_domain::duties::why::Reason;
    use peiyu_domain::reminder::ReminderFailure;
    use peiyu_domain::values::ReminderId;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    /// One of each; a new reason fails to compile here until it is listed.
    fn every_reason() -> Vec<Reason> {
        let (reminder, on, by) = (ReminderId(Uuid::nil()), jiff::civil::date(2026, 11, 24), Uuid::nil());
        let all = vec![
            Reason::Sent { reminder, day: on, possible_double: true },
            Reason::BeingSent { reminder },
            Reason::NotDelivered { reminder, day: on, failure: ReminderFailure::NoAddress },
            Reason::Met { on, by },
            Reason::Lapsed { on, by },
            Reason::NotReached { on },
            Reason::NobodyLeft,
            Reason::ToldHigher { rung: Rung::BranchSecretary, reminder },
            Reason::DroppedAfterRestore,
            Reason::HeldAfterRestore,
            Reason::WaitsForWorkingDay { on },
            Reason::WaitsForHour,
            Reason::WaitsForNextDigest,
            Reason::GoesOut,
        ];
        for reason in &all {
            match reason {
                Reason::Sent { .. }
                | Reason::BeingSent { .. }
                | Reason::NotDelivered { .. }
                | Reason::Met { .. }
                | Reason::Lapsed { .. }
                | Reason::NotReached { .. }
                | Reason::NobodyLeft
                | Reason::ToldHigher { .. }
                | Reason::DroppedAfterRestore
                | Reason::HeldAfterRestore
                | Reason::WaitsForWorkingDay { .. }
                | Reason::WaitsForHour
                | Reason::WaitsForNextDigest
                | Reason::GoesOut => {}
            }
        }
        all
    }

    #[test]
    fn every_reason_why_somebody_was_told_or_not_has_words() {
        for reason in every_reason() {
            let told = serde_json::to_value(reason).unwrap_or_default();
            let code = text(&told, "/reason");
            assert!(peiyu_language::words_of("told_because").contains(&code.as_str()), "{code}");
            assert!(!because(&told).chars().any(|c| c.is_ascii_alphabetic()), "{}", because(&told));
        }
    }

    #[test]
    fn a_reason_is_told_with_name_day_and_failure() {
        let told = json!({ "addressee_name": "彭嘉书", "reason": "not_delivered", "day": "2026-11-24",
            "failure": "no_address", "addressee": Uuid::nil(), "reminder": Uuid::nil() });
        assert_eq!(because(&told), "彭嘉书 未送达 2026-11-24 没有邮箱地址");
    }
}

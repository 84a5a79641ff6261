//! `peiyu dossier`: every event about one person, in order.

use clap::Args;

use crate::cli::Global;
use crate::client::Client;
use crate::failure::Failure;
use crate::people::{self, text, word};
use crate::table::Table;
use crate::terminal::{say, say_json};
use serde_json::Value;

/// Most pages of a dossier: more than anybody's life fills.
const MOST_PAGES: u32 = 1_000;

/// Whose.
#[derive(Debug, Args)]
#[command(
    about = "一个人的全部记录：何时发生、何时记录、谁、依据哪版政策 Everything about one person: when it happened, when and by whom it was recorded, under which policy",
    after_help = "示例 Examples:\n  peiyu dossier 9000112\n  peiyu dossier 9000112 --json"
)]
pub(crate) struct Dossier {
    /// 工号 staff number
    staff_number: String,
}

impl Dossier {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let client = Client::connect(global)?;
        let person = people::find(&client, &self.staff_number).await?;
        let (mut answer, mut events) = (Value::Null, Vec::new());
        let mut after = Some(0);
        for _page in 0..MOST_PAGES {
            let Some(from) = after else { break };
            let query = [("after", from.to_string())];
            answer = client.get(&format!("/v1/dossiers/{}", person.id), &query).await?;
            events.extend(answer.get("events").and_then(Value::as_array).into_iter().flatten().cloned());
            after = answer.get("next_after").and_then(Value::as_i64);
        }
        if let Some(fields) = answer.as_object_mut() {
            fields.insert("events".to_owned(), events.clone().into());
        }
        if global.json {
            say_json(&answer);
            return Ok(());
        }
        say(format!("{} {}", person.name, person.staff_number));
        let mut table = Table::new(["发生", "记录", "事项", "内容", "谁", "职务", "来源", "政策"]);
        for event in &events {
            table.row([
                text(event, "/occurred_on"),
                text(event, "/recorded_at").chars().take(16).collect(),
                word(event, "/event_type", "event"),
                content(event),
                text(event, "/actor_name"),
                word(event, "/actor_office", "office_kind"),
                word(event, "/origin", "origin"),
                text(event, "/policy_version"),
            ]);
        }
        say(table.render());
        Ok(())
    }
}

/// What an event says, in short: its texts one after the other.
fn content(event: &Value) -> String {
    let summary = text(event, "/summary");
    if !summary.is_empty() {
        return summary;
    }
    let content = event.get("content").or_else(|| event.get("payload")).or_else(|| event.get("data"));
    let mut texts = Vec::new();
    collect(content.unwrap_or(&Value::Null), &mut texts);
    texts.join(" ")
}

/// Every text below a value but ids, which tell people nothing.
fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) if uuid::Uuid::parse_str(text).is_err() => texts.push(text.clone()),
        Value::Array(parts) => parts.iter().for_each(|part| collect(part, texts)),
        Value::Object(fields) => {
            let named = fields.iter().filter(|(name, _)| *name != "event");
            named.for_each(|(_, part)| collect(part, texts));
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

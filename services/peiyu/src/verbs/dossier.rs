//! `peiyu dossier`: every event about one person, in order.

use clap::Args;
use peiyu_language::Language;

use crate::cli::Global;
use crate::client::Client;
use crate::failure::Failure;
use crate::people::{self, moment, text, word};
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
                moment(event, "/recorded_at"),
                word(event, "/event_type", "event"),
                content(event),
                actor(event),
                word(event, "/actor_office", "office_kind"),
                word(event, "/origin", "origin"),
                text(event, "/policy_version"),
            ]);
        }
        say(table.render());
        Ok(())
    }
}

/// Who did it; without a person it was the operator, or a service.
fn actor(event: &Value) -> String {
    let name = text(event, "/actor_name");
    if name.is_empty() && text(event, "/actor_person").is_empty() { "操作员".to_owned() } else { name }
}

/// What an event says, in short: its values one after the other, in words where they come from a closed list.
fn content(event: &Value) -> String {
    let summary = text(event, "/summary");
    if !summary.is_empty() {
        return summary;
    }
    let mut texts = Vec::new();
    collect(event.get("content").unwrap_or(&Value::Null), "", &mut texts);
    texts.join(" ")
}

/// The closed lists from which the values of a field come.
const LISTS: &[(&str, &[&str])] = &[
    ("form", &["talk_form", "training_form"]),
    ("field", &["field"]),
    ("reason", &["leave_reason", "liaison_end"]),
    ("office", &["office_kind"]),
    ("organisation_kind", &["organisation_kind"]),
    ("outcome", &["outcome"]),
    ("standing", &["standing"]),
    ("categories", &["category"]),
    ("basis", &["basis"]),
    ("source", &["source"]),
    ("kind", &["duty_kind", "organisation_kind"]),
    ("rung", &["rung"]),
    ("failure", &["reminder_failure"]),
    ("wrong", &["talk_field"]),
];

/// Every value below a field but ids, which tell people nothing; fields of a person's record with their names.
fn collect(value: &Value, field: &str, texts: &mut Vec<String>) {
    match value {
        Value::String(text) if uuid::Uuid::parse_str(text).is_err() && !text.is_empty() => {
            texts.push(in_words(field, text));
        }
        Value::Array(parts) => parts.iter().for_each(|part| collect(part, field, texts)),
        Value::Object(fields) => {
            let named =
                fields.iter().filter(|(name, _)| !["event", "email", "phone"].contains(&name.as_str()));
            named.for_each(|(name, part)| collect(part, name, texts));
        }
        Value::Bool(is) if field == "key_group" => {
            texts.push(if *is { "属于高知群体" } else { "不属于高知群体" }.to_owned());
        }
        Value::Bool(true) if field == "erased" => texts.push("（已擦除）".to_owned()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn in_words(field: &str, text: &str) -> String {
    let lists = LISTS.iter().find(|(name, _)| *name == field).map_or(&[][..], |(_, lists)| *lists);
    let mut words = lists.iter().map(|list| peiyu_language::word(Language::Zh, list, text));
    words.find(|word| word != text).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_told_in_words_and_local_time() {
        let event = json!({
            "recorded_at": "2026-11-24T16:30:00.123456Z", "actor_name": null, "actor_person": null,
            "content": { "event": "TalkRecorded", "form": "single", "gist": "近况", "number": 2,
                "liaison": uuid::Uuid::nil(), "follow_up": null },
        });
        assert_eq!(moment(&event, "/recorded_at"), "2026-11-25 00:30");
        assert_eq!(content(&event), "个别谈话 近况");
        assert_eq!(actor(&event), "操作员");
    }

    #[test]
    fn words_of_a_closed_list_are_translated_and_free_text_stays() {
        let ended = json!({ "content": { "reason": "hand_over", "on": "2026-11-24" } });
        assert!(content(&ended).contains("交接"), "{}", content(&ended));
        let corrected = json!({ "content": { "field": "title", "value": "教授", "reason": "聘书" } });
        let told = content(&corrected);
        assert!(told.contains("专业技术职务") && told.contains("聘书"), "{told}");
    }
}

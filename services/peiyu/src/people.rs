//! From a staff number, which people know, to the random id, which addresses carry.

use peiyu_language::Language;
use serde_json::{Value, json};

use crate::client::Client;
use crate::failure::Failure;

/// A person as the search finds them.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// Random id.
    pub id: String,
    /// 姓名.
    pub name: String,
    /// 工号.
    pub staff_number: String,
}

/// The one person with this staff number; an id is taken as it is.
///
/// # Errors
/// When nobody has it, or the api does not answer.
pub(crate) async fn find(client: &Client, staff_number: &str) -> Result<Found, Failure> {
    if uuid::Uuid::parse_str(staff_number).is_ok() {
        let (name, staff_number) = (String::new(), staff_number.to_owned());
        return Ok(Found { id: staff_number.clone(), name, staff_number });
    }
    let body = json!({ "staff_number": staff_number });
    let answer = client.post("/v1/persons/search", &body).await?;
    first(&answer).ok_or_else(|| {
        Failure::failed(
            format!("没有工号为 {staff_number} 的人员，或不在你的管理范围内"),
            format!("nobody has the staff number {staff_number}, or they lie outside your part of the tree"),
        )
        .next("按姓名或单位找：peiyu pool", "look by name or unit: peiyu pool")
    })
}

fn first(answer: &Value) -> Option<Found> {
    let items = items(answer);
    let person = items.first()?;
    let text = |name: &str| person.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(Found { id: text("id"), name: text("name"), staff_number: text("staff_number") })
}

/// The rows of a list, whatever the list is called.
pub(crate) fn items(answer: &Value) -> &[Value] {
    let list = answer.as_array().or_else(|| answer.get("items").and_then(Value::as_array));
    list.map_or(&[], Vec::as_slice)
}

/// A text or number at a JSON pointer, empty when there is none.
pub(crate) fn text(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(true)) => "是".to_owned(),
        Some(Value::Bool(false)) => "否".to_owned(),
        Some(Value::Array(parts)) => {
            let parts: Vec<String> = parts.iter().map(|part| text(part, "")).collect();
            parts.join("、")
        }
        Some(other) => other.to_string(),
    }
}

/// A word of a closed list in Chinese, or several of them.
pub(crate) fn word(value: &Value, pointer: &str, list: &str) -> String {
    let one = |word: &str| peiyu_language::word(Language::Zh, list, word);
    match value.pointer(pointer) {
        Some(Value::Array(words)) => {
            let words: Vec<String> = words.iter().filter_map(Value::as_str).map(one).collect();
            words.join("、")
        }
        Some(Value::String(word)) => one(word),
        Some(_) | None => String::new(),
    }
}

/// A moment at a JSON pointer as clocks in Shanghai show it, to the minute; what is no moment stays as it is.
pub(crate) fn moment(value: &Value, pointer: &str) -> String {
    let text = text(value, pointer);
    let Ok(moment) = text.parse::<jiff::Timestamp>() else { return text };
    let zone = jiff::tz::TimeZone::get(peiyu_platform::clock::ZONE)
        .unwrap_or_else(|_| jiff::tz::TimeZone::fixed(jiff::tz::offset(8)));
    moment.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The version of something as it stands now, for a change that rests on it.
///
/// # Errors
/// When it is not there, or the api does not answer.
pub(crate) async fn etag(client: &Client, path: &str) -> Result<String, Failure> {
    let seen = client.see(path, &[]).await?;
    let version = || seen.body.get("version").map(|version| format!("\"{version}\""));
    seen.etag.clone().or_else(version).ok_or_else(|| {
        Failure::failed("服务没有给出版本号", "the service named no version").next("看日志", "see the log")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_closed_lists_are_shown_in_chinese() {
        let row = json!({ "form": "single", "forms": ["single", "telephone"], "name": null });
        assert_eq!(word(&row, "/form", "talk_form"), "个别谈话");
        assert_eq!(word(&row, "/forms", "talk_form"), "个别谈话、电话谈话");
        assert_eq!(word(&row, "/name", "talk_form"), "");
    }

    #[test]
    fn a_list_may_come_bare_or_under_items() {
        assert_eq!(items(&json!([1, 2])).len(), 2);
        assert_eq!(items(&json!({ "items": [1] })).len(), 1);
        assert!(items(&json!({})).is_empty());
    }
}

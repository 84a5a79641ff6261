//! Where in a form a refusal belongs: the field that it concerns, and what to say there.

use serde_json::Value;

use crate::fault::Problem;
use crate::words::Words;

/// What stands beside one field of a form; beside none when the refusal concerns the whole.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    field: String,
    pub(crate) text: String,
}

impl Beside {
    /// The field that a problem names, by the names of forms.
    pub(crate) fn of(problem: Option<&Problem>, l: Words) -> Self {
        let Some(problem) = problem else { return Self::default() };
        let field = field(problem);
        Self { text: text(problem, &field, l), field }
    }

    /// One's own finding about a field.
    pub(crate) fn found(field: &str, text: &str) -> Self {
        Self { field: field.to_owned(), text: text.to_owned() }
    }

    /// Whether the fault is this field's.
    pub(crate) fn at(&self, field: &str) -> bool {
        self.field == field
    }

    /// Whether any field has a fault.
    pub(crate) fn is_somewhere(&self) -> bool {
        !self.field.is_empty()
    }
}

fn field(problem: &Problem) -> String {
    let named = problem.facts.get("field").and_then(Value::as_str).unwrap_or_default();
    match problem.code() {
        "talk_text_unfit"
        | "letter_text_unfit"
        | "letter_brace_alone"
        | "letter_placeholder_unknown"
        | "letter_placeholder_missing" => named,
        // A missing field is named by the fault alone.
        "field_unfit" if named == "." => {
            let fault = problem.facts.get("fault").and_then(Value::as_str).unwrap_or_default();
            fault.split('`').nth(1).unwrap_or_default()
        }
        "field_unfit" => match named {
            "follow_up.what" => "follow_up",
            "follow_up.until" => "follow_up_until",
            other => other.split('[').next().unwrap_or_default(),
        },
        "parameter_unfit" => problem.facts.get("parameter").and_then(Value::as_str).unwrap_or_default(),
        "talk_gist_missing" => "gist",
        "talk_in_the_future" | "talk_before_assignment" => "held_on",
        "correction_reason_missing" => "reason",
        "correction_value_unfit" | "correction_place_unknown" => "value",
        "oneself_as_liaison" | "liaison_not_member" | "liaison_without_office" => "liaison",
        "assignment_in_the_future" | "assignment_overlaps" | "end_before_assignment" => "on",
        _ => "",
    }
    .to_owned()
}

fn text(problem: &Problem, field: &str, l: Words) -> String {
    let is_parameter = problem.code() == "parameter_unfit";
    if is_parameter || problem.code() == "field_unfit" {
        // The interface speaks to programs here: of JSON, lines, columns and types.
        return match field {
            "held_on" | "follow_up_until" | "on" | "since" | "as_of" | "from" | "to" => {
                l.say("请填写日期，例如 2026-11-23。", "Give a day, such as 2026-11-23.").to_owned()
            }
            "form" => l.say("请选择谈话形式。", "Choose the form of the talk.").to_owned(),
            "liaison" | "successor" => l.say("请选择联系人。", "Choose a liaison.").to_owned(),
            chosen if is_parameter && !chosen.is_empty() => l
                .say("所选条件无法识别，请重新选择。", "What was chosen cannot be read; choose again.")
                .to_owned(),
            _ => problem.detail.clone(),
        };
    }
    let number = |name: &str| problem.facts.get(name).and_then(Value::as_u64);
    match (number("length"), number("limit")) {
        (Some(length), Some(limit)) => {
            let much = l.count("（现有 {} 字，", " ({} characters, ", length);
            format!("{}{much}{}", problem.detail, l.count("最多 {} 字）", "at most {})", limit))
        }
        _ => problem.detail.clone(),
    }
}

#[cfg(test)]
mod tests {
    use peiyu_language::Language;
    use serde_json::json;

    use super::*;

    fn of(code: &str, facts: Value) -> Result<Beside, serde_json::Error> {
        let problem: Problem = serde_json::from_value(json!({
            "type": format!("https://peiyu.invalid/problems/{code}"), "title": "t", "status": 422,
            "detail": "“谈话内容”不能保存：文字过长。", "article": null, "facts": facts,
        }))?;
        Ok(Beside::of(Some(&problem), Words(Language::Zh)))
    }

    #[test]
    fn a_refusal_stands_beside_the_field_that_it_names() -> Result<(), serde_json::Error> {
        assert!(of("talk_gist_missing", json!({}))?.at("gist"));
        assert!(of("talk_in_the_future", json!({ "held_on": "2027-01-01" }))?.at("held_on"));
        assert!(
            of("field_unfit", json!({ "field": "follow_up.until", "fault": "x" }))?.at("follow_up_until")
        );
        assert!(of("field_unfit", json!({ "field": ".", "fault": "missing field `form`" }))?.at("form"));
        assert!(!of("not_the_liaison", json!({}))?.is_somewhere());
        let day = of("parameter_unfit", json!({ "parameter": "as_of", "fault": "not in range" }))?;
        assert!(day.at("as_of") && day.text.starts_with("请填写日期"), "{}", day.text);
        let state = of("parameter_unfit", json!({ "parameter": "state", "fault": "unknown variant" }))?;
        assert!(state.text.starts_with("所选条件"), "{}", state.text);
        Ok(())
    }

    #[test]
    fn a_text_that_is_too_long_says_by_how_much() -> Result<(), serde_json::Error> {
        let facts = json!({ "field": "gist", "fault": "too_long", "length": 4100, "limit": 4000 });
        let beside = of("talk_text_unfit", facts)?;
        assert!(
            beside.at("gist") && beside.text.ends_with("（现有 4100 字，最多 4000 字）"),
            "{}",
            beside.text
        );
        Ok(())
    }
}

//! The events of a dossier as sentences: who in which office did what; one place for pages and the command line.

use serde_json::{Map, Value, json};

use crate::{Book, Language, book};

/// What names an event's ids by: id to name, of people, organisations and classes.
pub type Names = Map<String, Value>;

/// Roles in which an event reads otherwise than for whom it is about.
const ROLES: [&str; 3] = ["liaison", "talker", "addressee"];
/// Fields of an event that hold the id of somebody or something.
const IDS: [&str; 5] = ["liaison", "talker", "addressee", "class", "branch"];

/// The sentence of an event as `/v1/dossiers` shows it; the event's name in words when there is no sentence.
#[must_use]
pub fn told(language: Language, event: &Value, names: &Names) -> String {
    let kind = event.get("event_type").and_then(Value::as_str).unwrap_or_default();
    let content = event.get("content").unwrap_or(&Value::Null);
    let role = event.get("role").and_then(Value::as_str).unwrap_or_default();
    let as_role = format!("{kind}_as_{role}");
    let code = match kind {
        "PersonCorrected" if content.get("value") == Some(&json!("")) => "PersonCorrected_to_nothing",
        "EligibilityAssessed" if content.get("key_group") == Some(&json!(false)) => "EligibilityAssessed_not",
        _ if ROLES.contains(&role) && Book::Events.has(&as_role) => &as_role,
        other => other,
    };
    if !Book::Events.has(code) {
        return crate::word(language, "event", kind);
    }
    Book::Events.sentence(language, code, &facts(language, event, content, names))
}

/// Who did it, with the office in which: 临床医学院党委书记张三. Without a person it was the operator, or a service.
#[must_use]
pub fn actor(language: Language, event: &Value, names: &Names) -> String {
    let text = |field: &str| event.get(field).and_then(Value::as_str).unwrap_or_default();
    if text("actor_person").is_empty() {
        return match language {
            Language::Zh => "系统管理员",
            Language::En => "the operator",
        }
        .to_owned();
    }
    let unnamed = match language {
        Language::Zh => "（姓名不详）",
        Language::En => "somebody",
    };
    let person = Some(text("actor_name")).filter(|name| !name.is_empty()).unwrap_or(unnamed);
    let office = office(language, name(names, text("actor_organisation")), text("actor_office"));
    match language {
        Language::Zh => format!("{office}{person}"),
        Language::En if office.is_empty() => person.to_owned(),
        Language::En => format!("{person} ({office})"),
    }
}

/// An office in words: where (a name, may be empty), and what (a word of `office_kind`; nothing without).
#[must_use]
pub fn office(language: Language, place: &str, kind: &str) -> String {
    if kind.is_empty() {
        return String::new();
    }
    let office = book::word(language, "office_kind", kind).unwrap_or(kind);
    match language {
        // 组织部组织部部长 says it twice.
        Language::Zh => format!("{}{office}", without_overlap(place, office)),
        Language::En if place.is_empty() => office.to_owned(),
        Language::En => format!("{office}, {place}"),
    }
}

fn name<'a>(names: &'a Names, id: &str) -> &'a str {
    names.get(id).and_then(Value::as_str).unwrap_or_default()
}

/// The place without the end with which the office begins: 内科学教师党支部 before 教师党支部书记 is 内科学.
fn without_overlap<'a>(place: &'a str, office: &str) -> &'a str {
    place
        .char_indices()
        .map(|(at, _)| place.split_at(at))
        .find(|(_, end)| office.starts_with(end))
        .map_or(place, |(begin, _)| begin)
}

/// The content with names in the place of ids, and what several sentences need besides.
fn facts(language: Language, event: &Value, content: &Value, names: &Names) -> Value {
    let mut facts = content.as_object().cloned().unwrap_or_default();
    for field in IDS {
        let name = facts.get(field).and_then(Value::as_str).and_then(|id| names.get(id)).cloned();
        if facts.contains_key(field) {
            facts.insert(field.to_owned(), name.unwrap_or(Value::Null));
        }
    }
    if let Some(held) = content.get("office").filter(|office| office.is_object()) {
        let part = |name: &str| held.get(name).and_then(Value::as_str).unwrap_or_default();
        facts.insert(
            "office".to_owned(),
            json!(office(language, name(names, part("organisation")), part("office"))),
        );
    }
    for changed in ["changes", "correction"] {
        if let Some(fields) = content.get(changed).and_then(Value::as_object) {
            let mut set: Vec<&String> =
                fields.iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name).collect();
            set.sort();
            facts.insert("fields".to_owned(), json!(set));
        }
    }
    let about = event.get("aggregate_id").and_then(Value::as_str).and_then(|id| names.get(id));
    facts.insert("about".to_owned(), about.cloned().unwrap_or(Value::Null));
    facts.insert("who".to_owned(), json!(actor(language, event, names)));
    // What was erased has no words any more.
    for value in facts.values_mut().filter(|value| value.get("erased").is_some()) {
        *value = json!(match language {
            Language::Zh => "（已擦除）",
            Language::En => "(erased)",
        });
    }
    Value::Object(facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZH: Language = Language::Zh;

    fn names() -> Names {
        let mut names = Names::new();
        for (id, name) in
            [("p1", "王五"), ("p2", "阿依古丽·买买提"), ("o1", "内科学党支部"), ("o2", "组织部")]
        {
            names.insert(id.to_owned(), json!(name));
        }
        names
    }

    #[test]
    fn an_event_says_who_in_which_office_did_what() {
        let event = json!({
            "event_type": "LiaisonAssigned", "role": "subject", "aggregate_id": "p2",
            "actor_person": "p3", "actor_name": "张三", "actor_organisation": "o2",
            "actor_office": "department_head",
            "content": { "liaison": "p1", "office": { "organisation": "o1", "office": "secretary" } },
        });
        assert_eq!(told(ZH, &event, &names()), "组织部部长张三指定王五（内科学党支部书记）为党内联系人。");
        let english = told(Language::En, &event, &names());
        assert!(english.contains("张三 (head of the organisation department, 组织部)"), "{english}");
    }

    #[test]
    fn an_office_does_not_say_its_place_twice() {
        assert_eq!(without_overlap("内科学教师党支部", "教师党支部书记"), "内科学");
        assert_eq!(without_overlap("临床医学院党委", "书记"), "临床医学院党委");
        assert_eq!(without_overlap("", "书记"), "");
    }

    #[test]
    fn the_same_event_reads_otherwise_for_the_one_who_talked() {
        let event = |role: &str| {
            json!({
                "event_type": "TalkRecorded", "role": role, "aggregate_id": "p2",
                "content": { "talk": 2, "talker": "p1", "form": "telephone" },
            })
        };
        assert_eq!(told(ZH, &event("subject"), &names()), "王五与其进行第 2 次谈话（电话谈话）。");
        assert_eq!(told(ZH, &event("talker"), &names()), "与阿依古丽·买买提进行第 2 次谈话（电话谈话）。");
    }

    #[test]
    fn corrections_name_their_fields_and_what_was_erased_says_so() {
        let talk = json!({
            "event_type": "TalkCorrected", "content": { "talk": 1, "reason": "记错了",
                "correction": { "held_on": "2026-11-20", "form": null, "gist": "近况" } },
        });
        assert_eq!(told(ZH, &talk, &names()), "系统管理员更正第 1 次谈话的谈话内容、谈话日期。");
        let field = |value: Value| json!({ "event_type": "PersonCorrected", "content": { "field": "title", "value": value } });
        assert!(told(ZH, &field(json!("")), &names()).contains("更正为空"));
        assert!(told(ZH, &field(json!({ "erased": true })), &names()).contains("（已擦除）"));
    }

    #[test]
    fn an_event_without_a_sentence_is_told_by_its_name() {
        assert_eq!(told(ZH, &json!({ "event_type": "PolicyAdopted" }), &names()), "启用政策版本");
    }
}

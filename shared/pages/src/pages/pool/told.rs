//! What was asked of the pool, in words: a list on paper has no form that shows it.

use super::asked::Asked;
use super::organisations::Choice;
use crate::words::Words;

/// The filters that narrow the list; `liaison` is what the chosen one is called, `organisations` has the chosen one.
pub(super) fn told(asked: &Asked, organisations: &[Choice], liaison: Option<&str>, l: Words) -> String {
    let organisation = organisations.iter().find(|choice| choice.id == asked.organisation);
    let category = match asked.category.as_str() {
        "" => String::new(),
        code => l.word("category", code),
    };
    let liaison = match asked.liaison.as_str() {
        "" => "",
        "none" => l.say("没有联系人", "nobody"),
        _ => liaison.unwrap_or(l.say("本人", "oneself")),
    };
    let state = match asked.state.as_str() {
        "due" => l.say("今日到期或已逾期", "due today or overdue"),
        "overdue" => l.say("已逾期", "overdue"),
        _ => "",
    };
    let before = if asked.before.is_empty() { String::new() } else { l.day(&asked.before) };
    let never = if asked.never.is_empty() { "" } else { l.say("从未谈过话", "never talked with") };
    let parts = [
        (l.say("查找", "search"), asked.search.trim()),
        (l.say("所在组织", "organisation"), organisation.map_or("", |choice| choice.text.trim())),
        (l.say("类别", "category"), &category),
        (l.say("联系人", "liaison"), liaison),
        (l.say("下一事项", "next duty"), state),
        (l.say("最近谈话早于", "last talk before"), &before),
        (l.say("谈话", "talks"), never),
    ];
    let between = l.colon();
    let set = parts.into_iter().filter(|(_, value)| !value.is_empty());
    let set: Vec<String> = set.map(|(name, value)| format!("{name}{between}{value}")).collect();
    if set.is_empty() { l.say("全部人员", "everybody").to_owned() } else { set.join(l.say("；", "; ")) }
}

#[cfg(test)]
mod tests {
    use peiyu_language::Language;

    use super::*;

    #[test]
    fn whatever_narrows_the_list_is_said() {
        let organisations = [Choice { id: "1".to_owned(), text: "　理学院党委".to_owned() }];
        let asked = Asked {
            search: "张".to_owned(),
            organisation: "1".to_owned(),
            liaison: "none".to_owned(),
            state: "overdue".to_owned(),
            before: "2026-11-01".to_owned(),
            ..Asked::default()
        };
        let said = told(&asked, &organisations, None, Words(Language::Zh));
        assert_eq!(
            said,
            "查找：张；所在组织：理学院党委；联系人：没有联系人；下一事项：已逾期；最近谈话早于：2026年11月1日"
        );
        assert_eq!(told(&Asked::default(), &[], None, Words(Language::En)), "everybody");
    }
}

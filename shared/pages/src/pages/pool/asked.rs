//! What is asked of the pool: as it stands in the form, in the address, and as the HTTP interface wants it.

use serde::Deserialize;
use serde_json::{Value, json};

/// Columns that one can choose, in the order in which they stand; the name always stands first.
pub(super) const COLUMNS: [&str; 10] = [
    "staff_number",
    "unit",
    "room",
    "title",
    "categories",
    "liaison",
    "last_talk",
    "duty",
    "due_on",
    "state",
];
/// Those that stand unless others are chosen.
const USUAL: [&str; 8] =
    ["staff_number", "unit", "categories", "liaison", "last_talk", "duty", "due_on", "state"];

/// A field of a form that carries what was asked.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) value: String,
}

/// The question as it was sent; everything is text, so that whatever was typed comes back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// Name, pinyin, initials or staff number; never in an address.
    pub(super) search: String,
    pub(super) category: String,
    pub(super) organisation: String,
    /// An id, or `none`.
    pub(super) liaison: String,
    pub(super) state: String,
    /// Last talk before this day.
    pub(super) before: String,
    /// Anything but nothing: never talked with.
    pub(super) never: String,
    /// By what, with a `-` before it when it descends.
    pub(super) sort: String,
    pub(super) columns: Vec<String>,
    pub(super) cursor: String,
}

/// By what the interface sorts a column.
pub(super) fn sort_of(column: &str) -> Option<&'static str> {
    match column {
        "name" => Some("name"),
        "unit" => Some("unit"),
        "last_talk" => Some("last_talk"),
        "due_on" => Some("next_due"),
        _ => None,
    }
}

impl Asked {
    /// As the HTTP interface wants it, without the page.
    pub(super) fn question(&self) -> Value {
        let mut filter = json!({});
        let texts = [
            ("query", &self.search),
            ("category", &self.category),
            ("organisation", &self.organisation),
            ("state", &self.state),
            ("last_talk_before", &self.before),
        ];
        for (name, text) in texts {
            if !text.trim().is_empty() {
                filter[name] = json!(text.trim());
            }
        }
        match self.liaison.as_str() {
            "" => {}
            "none" => filter["without_liaison"] = json!(true),
            liaison => filter["liaison"] = json!(liaison),
        }
        if !self.never.is_empty() {
            filter["never_talked"] = json!(true);
        }
        let (sort, direction) = self.order();
        json!({ "filter": filter, "sort": sort, "direction": direction })
    }

    /// By what it is sorted, and which way.
    pub(super) fn order(&self) -> (&str, &'static str) {
        match self.sort.strip_prefix('-') {
            Some(sort) => (sort, "desc"),
            None if self.sort.is_empty() => ("name", "asc"),
            None => (&self.sort, "asc"),
        }
    }

    /// The columns shown, the name first.
    pub(super) fn shown_columns(&self) -> Vec<&'static str> {
        let chosen = |column: &&&str| match self.columns.is_empty() {
            true => USUAL.contains(*column),
            false => self.columns.iter().any(|one| one == **column),
        };
        std::iter::once("name").chain(COLUMNS.iter().filter(chosen).copied()).collect()
    }

    pub(super) fn shows(&self, column: &str) -> bool {
        self.shown_columns().contains(&column)
    }

    /// How many filters narrow the list.
    pub(super) fn filters(&self) -> usize {
        let all = [&self.category, &self.organisation, &self.liaison, &self.state, &self.before, &self.never];
        all.iter().filter(|value| !value.is_empty()).count()
    }

    /// Whether everybody is asked for.
    pub(super) fn is_everybody(&self) -> bool {
        self.filters() == 0 && self.search.trim().is_empty()
    }

    /// The same without what was typed.
    pub(super) fn without_search(&self) -> Self {
        Self { search: String::new(), cursor: String::new(), ..self.clone() }
    }

    /// The same, sorted as a button says.
    pub(super) fn without_sort(&self) -> Self {
        Self { sort: String::new(), cursor: String::new(), ..self.clone() }
    }

    /// The same from its first page.
    pub(super) fn first_page(&self) -> Self {
        Self { cursor: String::new(), ..self.clone() }
    }

    /// The same from behind another page.
    pub(super) fn behind(&self, cursor: &str) -> Self {
        Self { cursor: cursor.to_owned(), ..self.clone() }
    }

    /// Its fields, for forms; what is empty is left out.
    pub(super) fn fields(&self) -> Vec<Field> {
        let one = |name, value: &String| Field { name, value: value.clone() };
        let mut fields = vec![
            one("search", &self.search),
            one("category", &self.category),
            one("organisation", &self.organisation),
            one("liaison", &self.liaison),
            one("state", &self.state),
            one("before", &self.before),
            one("never", &self.never),
            one("sort", &self.sort),
            one("cursor", &self.cursor),
        ];
        fields.extend(self.columns.iter().map(|column| one("columns", column)));
        fields.retain(|field| !field.value.is_empty());
        fields
    }

    /// Its address, to be sent to a colleague: codes, ids and days alone. What is no code is left out.
    pub(super) fn address(&self) -> String {
        let is_code =
            |value: &str| value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        let pairs: Vec<String> = self
            .without_typed()
            .fields()
            .iter()
            .filter(|field| is_code(&field.value))
            .map(|field| format!("{}={}", field.name, field.value))
            .collect();
        if pairs.is_empty() { "/pool".to_owned() } else { format!("/pool?{}", pairs.join("&")) }
    }

    fn without_typed(&self) -> Self {
        Self { search: String::new(), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Asked {
        Asked {
            search: "张三".to_owned(),
            liaison: "none".to_owned(),
            sort: "-last_talk".to_owned(),
            columns: vec!["unit".to_owned(), "no_such_column".to_owned()],
            cursor: "abc".to_owned(),
            ..Asked::default()
        }
    }

    #[test]
    fn an_address_carries_codes_and_no_name() {
        assert_eq!(
            asked().address(),
            "/pool?liaison=none&sort=-last_talk&cursor=abc&columns=unit&columns=no_such_column"
        );
        assert_eq!(Asked { before: "a&b=张".to_owned(), ..Asked::default() }.address(), "/pool");
    }

    #[test]
    fn a_form_carries_all_of_it() {
        let fields: Vec<_> = asked().fields().into_iter().map(|field| (field.name, field.value)).collect();
        assert!(fields.contains(&("search", "张三".to_owned())));
        assert_eq!(fields.iter().filter(|(name, _)| *name == "columns").count(), 2);
    }

    #[test]
    fn the_interface_is_asked_the_same() {
        let expected = json!({
            "filter": { "query": "张三", "without_liaison": true }, "sort": "last_talk", "direction": "desc",
        });
        assert_eq!(asked().question(), expected);
        assert_eq!(asked().shown_columns(), ["name", "unit"]);
        assert_eq!(Asked::default().shown_columns().len(), 9);
        assert_eq!(Asked::default().question(), json!({ "filter": {}, "sort": "name", "direction": "asc" }));
    }
}

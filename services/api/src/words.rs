//! The domain's closed lists and dates as OpenAPI schemas, from the same source as the events' JSON Schema.

use peiyu_domain::access::Right;
use peiyu_domain::candidate::LiaisonEnd;
use peiyu_domain::letter_template::LetterLanguage;
use peiyu_domain::person::Field;
use peiyu_domain::values::{OfficeKind, Outcome, TalkForm, TrainingForm};
use schemars::JsonSchema;
use serde_json::Value;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

/// A list of words, as schemars sees the type.
fn list<T: JsonSchema>() -> Object {
    let schema = schemars::schema_for!(T);
    let listed = schema.get("enum").and_then(Value::as_array).cloned().unwrap_or_default();
    let described = schema.get("oneOf").and_then(Value::as_array).cloned().unwrap_or_default();
    let described = described.into_iter().filter_map(|one| one.get("const").cloned());
    let words: Vec<Value> = listed.into_iter().chain(described).collect();
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build()
}

pub(crate) fn talk_form() -> Object {
    list::<TalkForm>()
}

pub(crate) fn training_form() -> Object {
    list::<TrainingForm>()
}

pub(crate) fn outcome() -> Object {
    list::<Outcome>()
}

pub(crate) fn office_kind() -> Object {
    list::<OfficeKind>()
}

pub(crate) fn liaison_end() -> Object {
    list::<LiaisonEnd>()
}

pub(crate) fn letter_language() -> Object {
    list::<LetterLanguage>()
}

pub(crate) fn field() -> Object {
    list::<Field>()
}

pub(crate) fn right() -> Object {
    list::<Right>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_its_words() {
        for (list, count) in [
            (talk_form(), 3),
            (right(), Right::ALL.len()),
            (liaison_end(), 4),
            (field(), 18),
            (letter_language(), 2),
        ] {
            assert_eq!(list.enum_values.map(|words| words.len()), Some(count));
        }
    }
}

//! Nothing that the domain says is without words, and no words belong to nothing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use peiyu_domain::AnyEvent;
use peiyu_language::{Book, lists, words_of};
use serde_json::Value;

/// Lists that are no types of events: spoken of by the api alone, or with a test of their own below.
const OTHER_LISTS: &[&str] = &[
    "channel",
    "claim",
    "conflict_cure",
    "conflict_kept_by",
    "coverage_column",
    "coverage_standing",
    "duty_state",
    "event",
    "letter_field",
    "letter_placeholder",
    "letter_placeholder_meaning",
    "origin",
    "political_status",
    "pool_column",
    "reminder_state",
    "right",
    "sex",
    "talk_field",
    "talk_topic",
    "text_fault",
    "told_because",
    "yes_no",
];

fn house(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The codes in the `fn code` of a source file: every `=> "snake_case"` from there to the function's end.
fn codes_in(source: &str) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for body in source.split("fn code(").skip(1) {
        let body = body.split("\n    }\n").next().unwrap_or_default();
        for piece in body.split("=> \"").skip(1) {
            codes.insert(piece.split('"').next().unwrap_or_default().to_owned());
        }
    }
    codes
}

fn difference(left: &BTreeSet<String>, right: &BTreeSet<String>) -> Vec<String> {
    left.difference(right).cloned().collect()
}

#[test]
fn every_refusal_of_the_domain_has_sentences_and_no_sentence_is_left_over() {
    let mut codes = BTreeSet::new();
    for folder in std::fs::read_dir(house("domain/src")).unwrap() {
        if let Ok(source) = std::fs::read_to_string(folder.unwrap().path().join("refusal.rs")) {
            codes.extend(codes_in(&source));
        }
    }
    let spoken: BTreeSet<String> = Book::Refusals.codes().into_iter().map(str::to_owned).collect();
    assert!(codes.len() > 30, "refusals were not found in the sources");
    assert_eq!(difference(&codes, &spoken), Vec::<String>::new(), "without sentences");
    assert_eq!(difference(&spoken, &codes), Vec::<String>::new(), "sentences of nothing");
}

#[test]
fn every_reason_of_an_import_has_sentences() {
    let source = std::fs::read_to_string(house("workbooks/src/reason.rs")).unwrap();
    let codes = codes_in(&source);
    let spoken: BTreeSet<String> = Book::Reasons.codes().into_iter().map(str::to_owned).collect();
    assert!(codes.len() > 15, "reasons were not found in the sources");
    assert_eq!(codes, spoken);
}

/// The closed lists of the schemas: type name in snake_case, and its words.
fn closed_lists() -> BTreeMap<String, BTreeSet<String>> {
    let mut lists = BTreeMap::new();
    for (_, _, schema) in AnyEvent::catalogue() {
        let definitions = schema.as_value().get("$defs").and_then(Value::as_object).cloned();
        for (name, definition) in definitions.unwrap_or_default() {
            let words = words_in(&definition);
            if !words.is_empty() {
                lists.insert(snake(&name), words);
            }
        }
    }
    lists
}

fn words_in(definition: &Value) -> BTreeSet<String> {
    let listed = definition.get("enum").and_then(Value::as_array).cloned().unwrap_or_default();
    let described = definition.get("oneOf").and_then(Value::as_array).cloned().unwrap_or_default();
    let described = described.iter().filter_map(|one| one.get("const").cloned());
    listed.into_iter().chain(described).filter_map(|word| word.as_str().map(str::to_owned)).collect()
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (index, character) in name.chars().enumerate() {
        if character.is_uppercase() && index > 0 {
            snake.push('_');
        }
        snake.extend(character.to_lowercase());
    }
    snake
}

#[test]
fn every_word_of_the_closed_lists_in_events_has_both_languages_and_no_word_is_left_over() {
    let closed = closed_lists();
    assert!(closed.len() >= 10, "the lists were not found in the schemas: {:?}", closed.keys());
    for (list, words) in &closed {
        let spoken: BTreeSet<String> = words_of(list).into_iter().map(str::to_owned).collect();
        assert_eq!(&spoken, words, "words of {list}");
    }
    for list in lists() {
        assert!(closed.contains_key(list) || OTHER_LISTS.contains(&list), "{list} belongs to nothing");
    }
}

#[test]
fn every_event_of_a_dossier_has_a_sentence_and_no_sentence_is_left_over() {
    const OF_DOSSIERS: [&str; 6] = ["account", "candidate", "member", "person", "reminder", "training_class"];
    let mut events: BTreeSet<String> = AnyEvent::catalogue()
        .into_iter()
        .filter(|(aggregate, _, _)| OF_DOSSIERS.contains(aggregate))
        .flat_map(|(_, names, _)| names.iter().map(|name| (*name).to_owned()))
        .collect();
    assert!(events.len() > 20, "the events were not found: {events:?}");
    // A class that is planned concerns nobody; of organisations only their offices concern people.
    events.remove("TrainingPlanned");
    events.extend(["OfficeTaken".to_owned(), "OfficeEnded".to_owned()]);
    let spoken: BTreeSet<String> =
        Book::Events.codes().into_iter().map(|code| code.split('_').next().unwrap().to_owned()).collect();
    assert_eq!(spoken, events);
}

#[test]
fn every_event_has_a_name_in_both_languages() {
    let names: BTreeSet<&str> =
        AnyEvent::catalogue().into_iter().flat_map(|(_, names, _)| names.iter().copied()).collect();
    assert_eq!(words_of("event").into_iter().collect::<BTreeSet<_>>(), names);
}

#[test]
fn every_right_has_words() {
    let rights: BTreeSet<&str> =
        peiyu_domain::access::Right::ALL.into_iter().map(peiyu_domain::access::Right::as_str).collect();
    assert_eq!(words_of("right").into_iter().collect::<BTreeSet<_>>(), rights);
}

#[test]
fn every_placeholder_of_letters_is_spelled_as_the_domain_reads_it_and_explained() {
    use peiyu_domain::letter_template::{LetterField, LetterLanguage, Placeholder};
    use peiyu_language::{Language, word};
    for place in Placeholder::ALL {
        for (language, letter) in [(Language::Zh, LetterLanguage::Zh), (Language::En, LetterLanguage::En)] {
            assert_eq!(word(language, "letter_placeholder", place.as_str()), place.written(letter));
        }
    }
    let codes: BTreeSet<&str> = Placeholder::ALL.into_iter().map(Placeholder::as_str).collect();
    for list in ["letter_placeholder", "letter_placeholder_meaning"] {
        assert_eq!(words_of(list).into_iter().collect::<BTreeSet<_>>(), codes, "{list}");
    }
    let fields: BTreeSet<&str> = LetterField::ALL.into_iter().map(LetterField::as_str).collect();
    assert_eq!(words_of("letter_field").into_iter().collect::<BTreeSet<_>>(), fields);
}

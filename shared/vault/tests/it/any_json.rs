//! Any JSON with any fields marked comes back as it was, and shows nothing of what was marked.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::support::empty_vault;

/// Stands in every marked value and nowhere else.
const SECRET: &str = "机密内容";

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ]
}

/// JSON without marks; keys of all kinds, those that JSON pointers escape among them.
fn plain() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec(("[^$].{0,8}|[~/]{0,3}", inner), 0..6)
                .prop_map(|fields| Value::Object(Map::from_iter(fields))),
        ]
    })
}

fn marked() -> impl Strategy<Value = Value> {
    let sensitive = plain().prop_map(|value| json!({"$sensitive": [SECRET, value]}));
    prop_oneof![leaf(), sensitive].prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec(("[^$].{0,8}|[~/]{0,3}", inner), 0..6)
                .prop_map(|fields| Value::Object(Map::from_iter(fields))),
        ]
    })
}

#[test]
fn any_json_comes_back_as_it_was_and_shows_nothing_marked() {
    let runtime = Runtime::new().unwrap();
    let vault = runtime.block_on(empty_vault());
    let person = runtime.block_on(vault.person());
    runtime.block_on(vault.load_keys(&[person])).unwrap();
    let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
    let run = TestRunner::new(config).run(&(marked(), any::<u128>()), |(payload, event)| {
        let event = Uuid::from_u128(event);
        let sealed = runtime.block_on(vault.seal_payload(person, event, &payload)).unwrap();
        prop_assert!(!sealed.contains(SECRET) && !sealed.contains("$sensitive"));
        let opened = runtime.block_on(vault.unseal_payload(person, event, &sealed)).unwrap();
        prop_assert_eq!(opened, payload);
        Ok(())
    });
    run.unwrap();
}

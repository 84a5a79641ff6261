//! Sealing: what comes back, and what does not when it was moved or touched.

use peiyu_vault::{PlainPayload, SealError, SealedPayload, UnsealError, VaultError};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::empty_vault;

const EVENT: Uuid = Uuid::from_u128(1);

fn talk() -> Value {
    json!({
        "form": "single",
        "gist": {"$sensitive": "谈心谈话要点"},
        "topics": [{"$sensitive": {"a/b~c": [1, null, true]}}, "study"],
        "follow_up": {"note": {"$sensitive": "复谈"}, "due": "2026-06-01"}
    })
}

#[tokio::test]
async fn a_sealed_payload_shows_nothing_sensitive_and_comes_back_whole() {
    let vault = empty_vault().await;
    let person = vault.person().await;
    let sealed = vault.seal_payload(person, EVENT, &talk()).await.unwrap();
    for hidden in ["谈心", "复谈", "a/b", "$sensitive"] {
        assert!(!sealed.contains(hidden), "{hidden} in {sealed}");
    }
    assert!(sealed.contains("2026-06-01") && sealed.contains("study"));
    assert_eq!(vault.unseal_payload(person, EVENT, &sealed).await.unwrap(), talk());
    // Another process reads it too.
    assert_eq!(vault.another().await.unseal_payload(person, EVENT, &sealed).await.unwrap(), talk());
}

#[tokio::test]
async fn the_same_value_is_never_sealed_alike() {
    let vault = empty_vault().await;
    let person = vault.person().await;
    let one = vault.seal_payload(person, EVENT, &talk()).await.unwrap();
    assert_ne!(one, vault.seal_payload(person, EVENT, &talk()).await.unwrap());
}

#[tokio::test]
async fn the_whole_payload_may_be_sensitive() {
    let vault = empty_vault().await;
    let person = vault.person().await;
    let whole = json!({"$sensitive": {"name": "张三"}});
    let sealed = vault.seal_payload(person, EVENT, &whole).await.unwrap();
    assert!(sealed.starts_with(r#"{"$sealed":"#));
    assert_eq!(vault.unseal_payload(person, EVENT, &sealed).await.unwrap(), whole);
}

#[tokio::test]
async fn a_payload_moved_to_another_event_or_person_is_noticed() {
    let vault = empty_vault().await;
    let (person, other) = (vault.person().await, vault.person().await);
    let sealed = vault.seal_payload(person, EVENT, &json!({"n": {"$sensitive": 1}})).await.unwrap();
    let elsewhere = Uuid::from_u128(2);
    let moved = vault.unseal_payload(person, elsewhere, &sealed).await;
    let expected = UnsealError::Tampered { event: elsewhere, pointer: "/n".into() };
    assert!(matches!(moved, Err(VaultError::Unseal(error)) if error == expected));
    let moved = vault.unseal_payload(other, EVENT, &sealed).await;
    assert!(matches!(moved, Err(VaultError::Unseal(UnsealError::Tampered { .. }))));
}

#[tokio::test]
async fn a_field_moved_to_another_place_is_noticed() {
    let vault = empty_vault().await;
    let person = vault.person().await;
    let two = json!({"a": {"$sensitive": "x"}, "list": [{"b~/": {"$sensitive": "y"}}]});
    let sealed = vault.seal_payload(person, EVENT, &two).await.unwrap();
    let mut swapped: Value = serde_json::from_str(&sealed).unwrap();
    let first = swapped["a"].take();
    swapped["a"] = swapped["list"][0]["b~/"].take();
    swapped["list"][0]["b~/"] = first;
    let result = vault.unseal_payload(person, EVENT, &swapped.to_string()).await;
    let expected = UnsealError::Tampered { event: EVENT, pointer: "/a".into() };
    assert!(matches!(result, Err(VaultError::Unseal(error)) if error == expected));

    let mut touched: Value = serde_json::from_str(&sealed).unwrap();
    touched["list"][0]["b~/"] = json!({"$sealed": "AQID"});
    let result = vault.unseal_payload(person, EVENT, &touched.to_string()).await;
    let expected = UnsealError::Tampered { event: EVENT, pointer: "/list/0/b~0~1".into() };
    assert!(matches!(result, Err(VaultError::Unseal(error)) if error == expected));
}

#[tokio::test]
async fn a_plain_or_erased_field_put_into_the_store_by_hand_is_noticed() {
    let vault = empty_vault().await;
    let person = vault.person().await;
    for forged in [
        r#"{"a":{"$sensitive":1}}"#,
        r#"{"a":{"$erased":true}}"#,
        r#"{"a":{"$sealed":1}}"#,
        r#"{"a":{"$sealed":"AQ==","b":1}}"#,
    ] {
        let result = vault.unseal_payload(person, EVENT, forged).await;
        assert!(matches!(result, Err(VaultError::Unseal(UnsealError::Tampered { .. }))), "{forged}");
    }
    let result = vault.unseal_payload(person, EVENT, "{").await;
    assert!(matches!(result, Err(VaultError::Unseal(UnsealError::NotJson { event: EVENT }))));
}

#[tokio::test]
async fn a_later_form_is_not_taken_for_tampering() {
    let vault = empty_vault().await;
    let person = vault.person().await;
    let result = vault.unseal_payload(person, EVENT, r#"{"a":{"$sealed":"AgID"}}"#).await;
    assert!(matches!(result, Err(VaultError::Unseal(UnsealError::UnknownForm { version: 2, .. }))));
}

#[tokio::test]
async fn marks_that_only_the_vault_writes_are_refused_in_what_is_sealed() {
    let vault = empty_vault().await;
    let person = vault.person().await;
    for forged in [
        json!({"a": {"$sealed": "AQ=="}}),
        json!({"a": {"$erased": true}}),
        json!({"a": {"$sensitive": 1, "b": 2}}),
    ] {
        let result = vault.seal_payload(person, EVENT, &forged).await;
        let expected = SealError::ForgedMark { pointer: "/a".into() };
        assert!(matches!(result, Err(VaultError::Seal(error)) if error == expected), "{forged}");
    }
}

#[tokio::test]
async fn what_is_nested_too_deeply_is_refused_and_what_is_sealed_can_be_read() {
    let vault = empty_vault().await;
    let person = vault.person().await;
    let nested = |depth: usize| (0..depth).fold(json!({"$sensitive": 1}), |inner, _| json!([inner]));
    let deepest = vault.seal_payload(person, EVENT, &nested(120)).await.unwrap();
    assert_eq!(vault.unseal_payload(person, EVENT, &deepest).await.unwrap(), nested(120));
    let result = vault.seal_payload(person, EVENT, &nested(121)).await;
    assert!(matches!(result, Err(VaultError::Seal(SealError::TooDeep))));
}

#[tokio::test]
async fn many_payloads_come_back_in_order_and_a_bad_one_stops_no_other() {
    let vault = empty_vault().await;
    let people = [vault.person().await, vault.person().await, vault.person().await];
    let payloads: Vec<Value> = (0..3).map(|n| json!({"n": {"$sensitive": n}})).collect();
    let plain: Vec<_> = people
        .iter()
        .zip(&payloads)
        .map(|(person, payload)| PlainPayload { subject: *person, event_id: EVENT, payload })
        .collect();
    let mut sealed = vault.seal_many(&plain).await.unwrap();
    sealed[1] = sealed[0].clone();
    let unknown = Uuid::now_v7();
    let owners = [people[0], people[1], people[2], unknown];
    sealed.push("{}".into());
    let asked: Vec<_> = owners
        .iter()
        .zip(&sealed)
        .map(|(subject, payload)| SealedPayload { subject: *subject, event_id: EVENT, payload })
        .collect();
    // A process that starts with an empty cache.
    let opened = vault.another().await.unseal_many(&asked).await.unwrap();
    assert_eq!(opened[0], Ok(payloads[0].clone()));
    assert_eq!(opened[1], Err(UnsealError::Tampered { event: EVENT, pointer: "/n".into() }));
    assert_eq!(opened[2], Ok(payloads[2].clone()));
    assert_eq!(opened[3], Err(UnsealError::UnknownKey { subject: unknown, event: EVENT }));
}

#[tokio::test]
async fn a_file_at_rest_is_bound_to_its_id_and_is_no_field() {
    let vault = empty_vault().await;
    let import = vault.person().await;
    let file = Uuid::now_v7();
    let sealed = vault.seal_bytes(import, file, b"PK\x03\x04 roster").await.unwrap();
    assert_eq!(vault.unseal_bytes(import, file, &sealed).await.unwrap(), b"PK\x03\x04 roster");
    let moved = vault.unseal_bytes(import, EVENT, &sealed).await;
    assert!(matches!(moved, Err(VaultError::Unseal(UnsealError::Tampered { event: EVENT, .. }))));
    vault.erase(import).await.unwrap();
    let erased = vault.unseal_bytes(import, file, &sealed).await;
    assert!(matches!(erased, Err(VaultError::Unseal(UnsealError::Erased { .. }))));
}

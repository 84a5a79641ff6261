//! The shipped policy says what the conventions say; a wrong one is refused by the name of its key.

use jiff::civil::{date, time};

use super::*;

/// The shipped text with one part replaced; fails when the part is not there.
#[track_caller]
fn with(part: &str, other: &str) -> Result<Policy, PolicyFault> {
    assert!(SHIPPED.contains(part), "{part} is not in the shipped policy");
    Policy::parse(&SHIPPED.replacen(part, other, 1))
}

#[test]
fn the_shipped_policy_has_the_numbers_of_the_conventions() {
    let policy = Policy::shipped();
    assert_eq!(policy.version, "2021-09-06");
    assert_eq!(policy.valid_from, date(2021, 9, 6));
    assert_eq!(policy.liaison, LiaisonNumbers { min_people: 1, advise_above: 2, max_people: 8, gap_days: 7 });
    assert_eq!(policy.talk, TalkNumbers { first_months: 1, next_months: 3, lead_days: 14 });
    let ladder =
        Ladder { liaison: 0, branch_secretary: 5, general_branch_secretary: 10, organisation_department: 20 };
    assert_eq!(policy.ladder, ladder);
    assert_eq!(policy.digest_at, time(8, 30, 0, 0));
    assert_eq!(policy.senior_titles.len(), 20);
    assert_eq!((policy.stale_after_years, policy.erase_after_days), (1, 30));
}

#[test]
fn every_number_has_its_source() {
    let policy = Policy::shipped();
    assert_eq!(policy.article_of("liaison.min_people"), Some("意见三(四)"));
    assert_eq!(policy.article_of("liaison.of_people"), None);
    assert_eq!(policy.sources().count(), 24);
}

#[test]
fn the_hash_is_the_sha_256_of_the_text() {
    let policy = Policy::shipped();
    assert_eq!(policy.hash.len(), 64);
    let other = with("value = 14", "value = 15").map(|policy| policy.hash);
    assert!(other.is_ok_and(|hash| hash != policy.hash));
}

#[test]
fn an_unknown_key_is_refused_by_name() {
    let fault = with("lead_days = {", "lead_day = { value = 1, source = \"x\" }\nlead_days = {");
    assert_eq!(fault, Err(PolicyFault::Unknown { key: "talk.lead_day".into() }));
    let fault = Policy::parse(&format!("{SHIPPED}\n[talks]\n"));
    assert_eq!(fault, Err(PolicyFault::Unknown { key: "talks".into() }));
    let fault = with("value = 14,", "value = 14, unit = \"days\",");
    assert_eq!(fault, Err(PolicyFault::Unknown { key: "talk.lead_days.unit".into() }));
}

#[test]
fn a_missing_key_is_refused_by_name() {
    let fault = with("min_people = { value = 1, source = \"意见三(四)\" }", "");
    assert_eq!(fault, Err(PolicyFault::Missing { key: "liaison.min_people".into() }));
}

#[test]
fn a_number_without_source_is_refused() {
    let key = "liaison.min_people".to_owned();
    let fault = with("min_people = { value = 1, source = \"意见三(四)\" }", "min_people = 1");
    assert_eq!(fault, Err(PolicyFault::SourceMissing { key: key.clone() }));
    let fault = with(
        "min_people = { value = 1, source = \"意见三(四)\" }",
        "min_people = { value = 1, source = \" \" }",
    );
    assert_eq!(fault, Err(PolicyFault::SourceMissing { key }));
}

#[test]
fn a_value_of_another_type_is_refused() {
    assert!(
        matches!(with("value = 14,", "value = -1,"), Err(PolicyFault::WrongType { key, .. }) if key == "talk.lead_days")
    );
    assert!(
        matches!(with("\"08:30\"", "\"8 o'clock\""), Err(PolicyFault::WrongType { key, .. }) if key == "digest.at")
    );
    assert!(
        matches!(with("[\"骨干\"]", "[]"), Err(PolicyFault::WrongType { key, .. }) if key == "categories.backbone")
    );
}

#[test]
fn weaker_than_the_floor_is_refused_with_the_article() {
    let fault = with("min_people = { value = 1,", "min_people = { value = 0,");
    let floor =
        PolicyFault::WeakerThanFloor {
            key: "liaison.min_people", value: 0, floor: 1, article: "意见三(四)"
        };
    assert_eq!(fault, Err(floor));
    assert!(matches!(
        with("next_months = { value = 3,", "next_months = { value = 7,"),
        Err(PolicyFault::WeakerThanFloor { key: "talk.next_months", .. })
    ));
    assert!(matches!(
        with("[\"研究生\"]", "[\"博士研究生\"]"),
        Err(PolicyFault::WordMissing { word: "硕士研究生", .. })
    ));
}

#[test]
fn stricter_is_taken() {
    assert!(with("next_months = { value = 3,", "next_months = { value = 1,").is_ok());
    assert!(with("gap_days = { value = 7,", "gap_days = { value = 3,").is_ok());
}

#[test]
fn numbers_that_contradict_each_other_are_refused() {
    assert!(matches!(
        with("max_people = { value = 8,", "max_people = { value = 1,"),
        Err(PolicyFault::Contradiction { larger: "liaison.max_people", .. })
    ));
    assert!(matches!(
        with("branch_secretary = { value = 5,", "branch_secretary = { value = 10,"),
        Err(PolicyFault::Contradiction { smaller: "ladder.branch_secretary", .. })
    ));
}

#[test]
fn what_is_no_policy_at_all_is_refused() {
    assert!(matches!(Policy::parse("%PDF-1.7"), Err(PolicyFault::NotToml { .. })));
    assert!(matches!(Policy::parse(""), Err(PolicyFault::Missing { key }) if key == "version"));
    assert!(matches!(Policy::parse(&"#".repeat(MAX_POLICY_BYTES + 1)), Err(PolicyFault::TooLarge { .. })));
}

//! What must come out of both sample sets stands in `truth-*.json`.

use peiyu_application::{ImportFault, ImportReport, ImportSource};
use peiyu_domain::import::ImportKind;
use peiyu_domain::person::Field;
use peiyu_domain::person::commands::CorrectPerson;
use peiyu_domain::values::Category;
use peiyu_testing::{House, request, sample};
use peiyu_workbooks::Mapping;
use serde_json::Value;

fn truth(set: &str) -> Value {
    let text = std::fs::read_to_string(sample(&format!("truth-{set}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

async fn meets_its_truth(set: &str) {
    let truth = truth(set);
    let house = House::new().await;
    let organisation = house.import(ImportKind::Organisation, set).await;
    assert_eq!(organisation.rejected, 0);

    let roster = house.import(ImportKind::Roster, set).await;
    for (name, found) in [
        ("rows", roster.rows),
        ("accepted", roster.accepted),
        ("rejected", roster.rejected),
        ("pool", roster.pool),
        ("conflicts", roster.conflicts),
    ] {
        assert_eq!(truth[name], found, "{name}");
    }
    assert_eq!(truth["rejected_by_reason"], serde_json::to_value(&roster.rejected_by_reason).unwrap());
    assert_eq!(truth["rejected_rows"], serde_json::to_value(&roster.rejected_rows).unwrap());
    for (name, category) in
        [("doctors", Category::Doctor), ("returnees", Category::Returnee), ("talents", Category::Talent)]
    {
        assert_eq!(truth["pool_by_category"][name], roster.pool_by_category[&category], "{name}");
    }
    assert_eq!(roster.new, roster.accepted);

    let again = house.import(ImportKind::Roster, set).await;
    assert_eq!((again.new, again.changed, again.unchanged), (0, 0, roster.accepted));
    assert_eq!((again.pool, again.conflicts, again.absent), (roster.pool, roster.conflicts, 0));

    let talks = house.import(ImportKind::Talks, set).await;
    let truth = &truth["talks"];
    assert_eq!(truth["rows"], talks.rows);
    assert_eq!(truth["accepted"], talks.accepted);
    assert_eq!(truth["rejected_by_reason"], serde_json::to_value(&talks.rejected_by_reason).unwrap());
    assert_eq!(truth["rejected_rows"], serde_json::to_value(&talks.rejected_rows).unwrap());
    let again = house.import(ImportKind::Talks, set).await;
    assert_eq!((again.new, again.unchanged), (0, talks.accepted));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_messy_set_comes_out_as_its_truth_says() {
    meets_its_truth("messy-1500").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clean_set_comes_out_as_its_truth_says() {
    meets_its_truth("clean-1200").await;
}

fn roster() -> ImportSource {
    ImportSource {
        kind: ImportKind::Roster,
        path: sample("roster-clean-1200.xlsx"),
        file_name: "roster.xlsx".into(),
        mapping: Mapping::default(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_the_same_and_writes_nothing() {
    let house = House::new().await;
    house.import(ImportKind::Organisation, "clean-1200").await;
    let before = house.application.store().unsequenced_backlog().await.unwrap().count;
    let checked = house.application.check_import(&roster()).await.unwrap();
    let operator = request(house.application.operator());
    let (report, _) = house.application.dry_run_import(&operator, &roster(), checked).await.unwrap();
    assert_eq!((report.accepted, report.pool), (1200, 556));
    assert_eq!(house.application.store().unsequenced_backlog().await.unwrap().count, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_of_an_organisation_workbook_counts_as_the_run_does() {
    let house = House::new().await;
    let told = |report: &ImportReport| {
        (report.accepted, report.new, report.changed, report.unchanged, report.conflicts)
    };
    // First nobody is known, then some of the people and organisations, at last all of them.
    for set in ["clean-1200", "messy-1500", "messy-1500"] {
        let path = sample(&format!("organisation-{set}.xlsx"));
        let source = ImportSource { kind: ImportKind::Organisation, path, ..roster() };
        let checked = house.application.check_import(&source).await.unwrap();
        let operator = request(house.application.operator());
        let (foretold, _) = house.application.dry_run_import(&operator, &source, checked).await.unwrap();
        let done = house.import_file(&source).await;
        assert_eq!(told(&foretold), told(&done), "{set}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_corrected_by_hand_survives_the_next_roster_as_a_conflict() {
    let house = House::new().await;
    house.import(ImportKind::Organisation, "clean-1200").await;
    house.import_file(&roster()).await;
    let person = house.person("2000231").await;
    let correct = CorrectPerson { field: Field::Title, value: "教授".into(), reason: "聘书".into() };
    let operator = request(house.application.operator());
    house.application.correct_person(&operator, person, correct).await.unwrap();

    let again = house.import_file(&roster()).await;
    assert_eq!((again.changed, again.unchanged, again.conflicts), (0, 1200, 1));
    let [conflict] = &again.found[..] else { panic!("{:?}", again.found) };
    assert_eq!((conflict.staff_number.as_str(), conflict.field), ("2000231", Field::Title));
    assert_eq!((conflict.kept_value.as_str(), conflict.kept_by), ("教授", "correction"));
    assert!(!conflict.roster_value.is_empty() && conflict.roster_value != "教授", "{conflict:?}");
    let kept = serde_json::to_string(&again).unwrap();
    assert!(!kept.contains("教授"), "the report that is kept holds no facts about persons: {kept}");
    let loaded = house.application.load::<peiyu_domain::person::Person>(person.0).await.unwrap();
    assert_eq!(loaded.state.field(Field::Title), "教授");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_workbook_is_refused_before_anything_is_written() {
    let house = House::new().await;
    let path = house.folder.join("roster.xlsx");
    std::fs::write(&path, b"%PDF-1.7 not a workbook").unwrap();
    let source = ImportSource { path, ..roster() };
    let fault = house.application.check_import(&source).await;
    assert!(matches!(fault, Err(ImportFault::Workbook(_))), "{fault:?}");
    assert_eq!(house.application.store().unsequenced_backlog().await.unwrap().count, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_cut_off_goes_on_where_it_stopped() {
    let house = House::new().await;
    house.import(ImportKind::Organisation, "clean-1200").await;
    let id = peiyu_domain::values::ImportId::random();
    let (progress, mut seen) = tokio::sync::watch::channel(peiyu_application::Progress::default());
    let checked = house.application.check_import(&roster()).await.unwrap();
    let first = {
        let (application, source) = (house.application.clone(), roster());
        tokio::spawn(async move {
            let request = request(application.operator());
            application.run_import(&request, id, &source, checked, &progress).await
        })
    };
    seen.wait_for(|progress| progress.done >= 400).await.expect("two chunks are taken in");
    first.abort();
    let _ = first.await;

    let (progress, _) = tokio::sync::watch::channel(peiyu_application::Progress::default());
    let checked = house.application.check_import(&roster()).await.unwrap();
    let request = request(house.application.operator());
    let (report, _) =
        house.application.run_import(&request, id, &roster(), checked, &progress).await.unwrap();
    assert_eq!((report.accepted, report.new, report.pool, report.absent), (1200, 1200, 556, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_no_longer_on_the_roster_is_listed_as_absent() {
    let house = House::new().await;
    house.import(ImportKind::Organisation, "messy-1500").await;
    let first = house.import(ImportKind::Roster, "messy-1500").await;
    let path = house.folder.join("short.xlsx");
    let headers = ["工号", "姓名", "所在单位", "教研室"];
    let row = ["2000028", "毛静瑶", "公共卫生学院", "卫生统计学教研室"].map(str::to_owned);
    std::fs::write(&path, peiyu_workbooks::write_table("教职工名册", &headers, [row]).unwrap()).unwrap();
    let report = house.import_file(&ImportSource { path, ..roster() }).await;
    assert_eq!((report.accepted, report.absent), (1, first.accepted - 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_mended_file_of_rejected_rows_nobody_counts_as_absent() {
    let house = House::new().await;
    house.import(ImportKind::Organisation, "messy-1500").await;
    let first = ImportSource { path: sample("roster-messy-1500.xlsx"), ..roster() };
    house.import_file(&first).await;
    let mut checked = house.application.check_import(&first).await.unwrap();
    let path = house.folder.join("rejects.xlsx");
    checked.write_rejected(&path).unwrap();
    let report = house.import_file(&ImportSource { path, ..roster() }).await;
    assert!(report.rows > 0);
    assert_eq!((report.absence_judged, report.absent), (false, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roster_before_any_organisation_says_what_to_import_first() {
    let house = House::new().await;
    let fault = house.application.check_import(&roster()).await;
    let Err(ImportFault::Workbook(fault)) = fault else { panic!("{fault:?}") };
    assert_eq!(fault.code(), "organisations_missing");
    assert!(fault.chinese().contains("peiyu import organisation"), "{}", fault.chinese());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_that_is_not_in_the_tree_is_refused_with_the_nearest_names() {
    let house = House::new().await;
    house.import(ImportKind::Organisation, "clean-1200").await;
    house.import_file(&roster()).await;
    let person = house.person("2000231").await;
    let operator = || request(house.application.operator());
    let correct = |field, value: &str| CorrectPerson { field, value: value.into(), reason: "调动".into() };
    for (field, wrong) in [(Field::Unit, "药物学院"), (Field::Room, "没有的教研室")] {
        let refused = house.application.correct_person(&operator(), person, correct(field, wrong)).await;
        let Err(peiyu_application::CommandError::Refused(refused)) = refused else { panic!("{refused:?}") };
        assert_eq!(refused.code, "correction_place_unknown");
        assert!(!refused.facts["nearest"].as_array().unwrap().is_empty(), "{:?}", refused.facts);
    }
    house.application.correct_person(&operator(), person, correct(Field::Unit, "药学院")).await.unwrap();
}

//! Rosters that are overtaken on the way, by others or by the loss of their right.

use peiyu_application::{Answer, CommandError, ImportFault, ImportReport, ImportSource, Progress};
use peiyu_domain::Actor;
use peiyu_domain::access::Right;
use peiyu_domain::import::ImportKind;
use peiyu_domain::person::commands::CorrectPerson;
use peiyu_domain::person::{Field, Person};
use peiyu_domain::values::{AccountId, ImportId};
use peiyu_store::StreamId;
use peiyu_testing::{Gate, House, Sample, eventually, request};
use peiyu_workbooks::Mapping;
use tokio::task::JoinHandle;

const HEADERS: [&str; 4] = ["工号", "姓名", "所在单位", "教研室"];

async fn house() -> House {
    let house = House::new().await;
    house.import(ImportKind::Organisation, "clean-1200").await;
    house.import(ImportKind::Roster, "clean-1200").await;
    house
}

/// A roster of the candidate under another name, and of `others` whom nobody knew.
async fn roster(house: &House, others: u32) -> ImportSource {
    let known = house.person(Sample::CANDIDATE).await;
    let person = house.application.load::<Person>(known.0).await.unwrap().state;
    let row = |number: String, name: &str| {
        [number, name.to_owned(), person.field(Field::Unit).to_owned(), person.field(Field::Room).to_owned()]
    };
    let known = row(Sample::CANDIDATE.to_owned(), "改名");
    let rows = std::iter::once(known).chain((0..others).map(|at| row(format!("{}", 3_000_000 + at), "新来")));
    let path = house.folder.join("overtaken.xlsx");
    std::fs::write(&path, peiyu_workbooks::write_table("教职工名册", &HEADERS, rows).unwrap()).unwrap();
    ImportSource {
        kind: ImportKind::Roster,
        path,
        file_name: "roster.xlsx".into(),
        mapping: Mapping::default(),
    }
}

/// Takes it in on a task of its own.
async fn begin(
    house: &House,
    actor: Actor,
    id: ImportId,
    source: &ImportSource,
) -> JoinHandle<Result<ImportReport, ImportFault>> {
    let checked = house.application.check_import(source).await.unwrap();
    let (application, source) = (house.application.clone(), source.clone());
    tokio::spawn(async move {
        let (progress, _) = tokio::sync::watch::channel(Progress::default());
        let run = application.run_import(&request(actor), id, &source, checked, &progress).await;
        run.map(|(report, _)| report)
    })
}

async fn names(house: &House, kind: &'static str, id: uuid::Uuid) -> Vec<String> {
    let history = house.application.store().load_one(&StreamId::new(kind, id)).await.unwrap();
    history.into_iter().map(|event| event.event_type).collect()
}

async fn correct(house: &House, value: &str) -> Answer {
    let person = house.person(Sample::CANDIDATE).await;
    let correct = CorrectPerson { field: Field::Title, value: value.into(), reason: "聘书".into() };
    house.application.correct_person(&request(house.application.operator()), person, correct).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_that_is_overtaken_while_the_next_is_decided_is_decided_anew_and_nothing_is_lost() {
    let house = house().await;
    let person = house.person(Sample::CANDIDATE).await;
    let before = names(&house, "person", person.0).await.len();
    let source = roster(&house, 500).await;
    let mut gate = Gate::before_chunk(&house, 1).await;
    let run = begin(&house, house.application.operator(), ImportId::random(), &source).await;
    gate.is_stood_before().await;
    // The chunk has read the candidate, and is not yet appended.
    correct(&house, "教授").await;
    gate.open().await;

    let report = run.await.unwrap().unwrap();
    assert_eq!((report.accepted, report.new, report.changed, report.unchanged), (501, 500, 1, 0));
    let after = names(&house, "person", person.0).await.split_off(before);
    // The title counts to the key group; the roster's row comes once, behind the correction.
    assert_eq!(after, ["PersonCorrected", "EligibilityAssessed", "RosterFactsChanged"]);
    let state = house.application.load::<Person>(person.0).await.unwrap().state;
    assert_eq!((state.field(Field::Name), state.field(Field::Title)), ("改名", "教授"));
    for at in [0, 250, 499] {
        let new = house.person(&format!("{}", 3_000_000 + at)).await;
        let registered = names(&house, "person", new.0).await;
        assert_eq!(registered.iter().filter(|name| *name == "PersonRegistered").count(), 1, "{registered:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_is_revoked_ends_the_run_between_two_chunks() {
    let house = house().await;
    let operator = || request(house.application.operator());
    let granted = house.sign_in(Sample::BRANCH_SECRETARY).await;
    let account = AccountId(granted.principal);
    house.application.grant_right(&operator(), account, Right::ImportRun).await.unwrap();
    let actor = house.application.actor(account).await.unwrap();
    let source = roster(&house, 500).await;
    let id = ImportId::random();
    let mut gate = Gate::before_chunk(&house, 2).await;
    let run = begin(&house, actor, id, &source).await;
    gate.is_stood_before().await;
    eventually("the first chunk is taken in", async || names(&house, "import", id.0).await.len() == 2).await;
    house.application.revoke_right(&operator(), account, Right::ImportRun).await.unwrap();
    gate.open().await;

    let ended = run.await.unwrap();
    assert!(
        matches!(ended, Err(ImportFault::Command(CommandError::Forbidden(Right::ImportRun)))),
        "{ended:?}"
    );
    assert_eq!(names(&house, "import", id.0).await, ["ImportStarted", "ImportChunkApplied"]);
    let number = |at: u32| format!("{}", 3_000_000 + at);
    house.person(&number(198)).await;
    let next = house.application.person_of_staff_number(&number(199)).await.unwrap();
    assert_eq!(next, None, "the chunk of 200 rows is whole, and of the next there is nothing");

    // Who has the right takes the rest in.
    let report = begin(&house, house.application.operator(), id, &source).await.await.unwrap().unwrap();
    assert_eq!((report.accepted, report.new), (501, 500));
}

//! Each read model from a short history.

use std::collections::BTreeMap;

use peiyu_domain::AnyEvent;
use peiyu_domain::access::Right;
use peiyu_domain::account::AccountEvent;
use peiyu_domain::candidate::CandidateEvent;
use peiyu_domain::candidate::events::LiaisonEnd;
use peiyu_domain::duties::{DutyKind, Rung};
use peiyu_domain::import::{ChunkCounts, ImportEvent, ImportKind};
use peiyu_domain::member::MemberEvent;
use peiyu_domain::person::PersonEvent;
use peiyu_domain::person::events::Field;
use peiyu_domain::policy::{Policy, PolicyEvent};
use peiyu_domain::reminder::{Named, ReminderEvent};
use peiyu_domain::testing::{import_id, record, text};
use peiyu_domain::training_class::{ClassPlan, TrainingClassEvent};
use peiyu_domain::values::{
    AccountId, Category, ClassId, ImportId, Outcome, PersonId, ReminderId, Sensitive, Standing, TrainingForm,
};
use peiyu_views::dossier::Role;
use peiyu_views::obligations::{Closing, Cutoffs};
use peiyu_views::places::Sight;
use peiyu_views::reminders::Stage;
use peiyu_views::{
    accounts, candidates, dossier, imports, members, obligations, organisations, persons, policies,
    reminders, training,
};
use uuid::Uuid;

use crate::support::{
    BRANCH, Feed, SCHOOL, assigned, at_noon, corrected, day, ended, entered, house, left, organisation,
    person, talked,
};

#[tokio::test]
async fn a_person_is_found_by_name_pinyin_initials_and_staff_number() {
    let house = house().await;
    let mut feed = Feed::default();
    feed.person(7, "张三丰", "计算机学院", "软件教研室").person(8, "单雄信", "数学学院", "");
    house.project(&feed).await;
    for word in ["张三", "三丰", "zhangsan", "ZSF", "zs", "0000007", "张 三"] {
        let found = persons::search(&house.pool, word, &Sight::Everybody, None, 10).await.unwrap();
        assert_eq!(found.iter().map(|one| one.id).collect::<Vec<_>>(), [person(7)], "{word}");
    }
    assert_eq!(
        persons::search(&house.pool, "shan", &Sight::Everybody, None, 10).await.unwrap()[0].id,
        person(8)
    );
    assert!(
        persons::search(&house.pool, "%", &Sight::Everybody, None, 10).await.unwrap().is_empty(),
        "a wildcard is a plain character"
    );
    let by_number = persons::by_staff_numbers(&house.pool, &["0000008".into(), "x".into()]).await.unwrap();
    assert_eq!(by_number.len(), 1);
    assert_eq!(persons::addresses(&house.pool, &[person(7)]).await.unwrap()[0].email, "p7@example.edu");
}

#[tokio::test]
async fn a_conflict_stays_open_until_somebody_corrects_the_field() {
    let house = house().await;
    let mut feed = Feed::default();
    let conflict = PersonEvent::RosterConflictFound {
        field: Field::Title,
        roster_value: "讲师".to_owned().into(),
        import: import_id(),
        row: 9,
    };
    let changes = PersonEvent::RosterFactsChanged {
        changes: record(&[(Field::Unit, "物理学院"), (Field::Room, "")]).into(),
        import: import_id(),
        row: 9,
    };
    let assessed = PersonEvent::EligibilityAssessed {
        key_group: true,
        basis: Vec::new(),
        categories: vec![Category::Doctor],
    };
    feed.person(7, "张三丰", "计算机学院", "软件教研室")
        .push(7, AnyEvent::Person(changes), "2026-03-01")
        .push(7, AnyEvent::Person(assessed), "2026-03-01")
        .push(7, AnyEvent::Person(conflict), "2026-03-02");
    house.project(&feed).await;
    let seen = persons::by_ids(&house.pool, &[person(7)]).await.unwrap().pop().unwrap();
    assert_eq!(seen.conflicts, BTreeMap::from([(Field::Title, "讲师".to_owned())]));
    assert_eq!((seen.unit.as_str(), seen.room.as_str(), seen.version), ("物理学院", "", 4));
    assert_eq!((seen.key_group, seen.categories), (Some(true), vec![Category::Doctor]));
    assert_eq!(seen.last_recorded_at, at_noon("2026-03-02"));

    let mended = PersonEvent::PersonCorrected {
        field: Field::Title,
        value: "教授".to_owned().into(),
        reason: "聘书".to_owned().into(),
    };
    feed.push(7, AnyEvent::Person(mended), "2026-03-03");
    house.project(&feed).await;
    let seen = persons::by_ids(&house.pool, &[person(7)]).await.unwrap().pop().unwrap();
    assert!(seen.conflicts.is_empty());
    assert_eq!((seen.title.as_str(), seen.corrected.as_slice()), ("教授", [Field::Title].as_slice()));
}

#[tokio::test]
async fn an_erased_person_is_found_no_more() {
    let house = house().await;
    let mut feed = Feed::default();
    feed.person(7, "张三丰", "计算机学院", "软件教研室");
    let erased = PersonEvent::PersonRegistered {
        record: Sensitive::Erased,
        source: peiyu_domain::person::events::Source::Roster,
        import: None,
        row: None,
    };
    feed.push(8, AnyEvent::Person(erased), "2026-01-10");
    house.project(&feed).await;
    let seen = persons::by_ids(&house.pool, &[person(8)]).await.unwrap().pop().unwrap();
    assert!(seen.erased && seen.name.is_empty());
    assert_eq!(persons::search(&house.pool, "", &Sight::Everybody, None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_office_is_held_until_the_day_before_its_end() {
    let house = house().await;
    let mut feed = Feed::default();
    feed.tree();
    let over = peiyu_domain::organisation::OrganisationEvent::OfficeEnded {
        person: person(2),
        office: peiyu_domain::values::OfficeKind::BranchSecretary,
        title: text("书记"),
        from: day("2025-09-01"),
        until: day("2026-06-30"),
    };
    feed.organisation(BRANCH, over);
    house.project(&feed).await;
    assert_eq!(organisations::all(&house.pool).await.unwrap().len(), 4);
    let held = organisations::held_by(&house.pool, person(2), day("2026-06-29")).await.unwrap();
    assert_eq!(held[0].organisation, organisation(BRANCH));
    assert_eq!(held[0].office().organisation_kind, peiyu_domain::values::OrganisationKind::Branch);
    assert!(organisations::held_by(&house.pool, person(2), day("2026-06-30")).await.unwrap().is_empty());
    assert_eq!(organisations::held_on(&house.pool, day("2026-06-30")).await.unwrap().len(), 2);
    let tree = organisations::tree(&house.pool).await.unwrap();
    assert_eq!(tree.place("计算机学院", "软件教研室").branch, Some(organisation(BRANCH)));
    assert_eq!(tree.place("计算机学院", "别的").general_branch, Some(organisation(SCHOOL)));
}

#[tokio::test]
async fn a_member_keeps_the_joining_date_when_standing_changes() {
    let house = house().await;
    let mut feed = Feed::default();
    let listed = MemberEvent::MembershipListed {
        standing: Standing::Probationary,
        joined_on: Some("2025-05".parse().unwrap()),
        full_since: None,
        branch: organisation(BRANCH),
        import: None,
    };
    let full = MemberEvent::MembershipChanged {
        standing: Standing::Full,
        branch: organisation(BRANCH),
        on: "2026-05-20".parse().unwrap(),
    };
    feed.push(7, AnyEvent::Member(listed), "2026-01-10").push(7, AnyEvent::Member(full), "2026-05-21");
    house.project(&feed).await;
    let seen = members::by_ids(&house.pool, &[person(7)]).await.unwrap().pop().unwrap();
    assert_eq!(seen.joined_on.unwrap().to_string(), "2025-05");
    assert_eq!(seen.full_since.unwrap().to_string(), "2026-05-20");
    assert_eq!((seen.standing, seen.version), (Standing::Full, 2));
}

#[tokio::test]
async fn a_candidate_shows_liaison_talks_and_training() {
    let house = house().await;
    let mut feed = Feed::default();
    let trained = CandidateEvent::TrainingCompleted {
        class: ClassId(Uuid::from_u128(50)),
        on: day("2026-05-02"),
        hours_tenths: 240,
        outcome: Outcome::Passed,
    };
    feed.candidate(7, entered("2026-03-01"), "2026-03-01")
        .candidate(7, assigned(2, "2026-03-02"), "2026-03-02")
        .candidate(7, talked(1, 2, "2026-03-20"), "2026-03-21")
        .candidate(7, talked(2, 2, "2026-04-20"), "2026-04-21")
        .candidate(7, corrected(2, "2026-03-10"), "2026-04-22")
        .candidate(7, trained, "2026-05-03")
        .candidate(7, ended(2, "2026-06-30", LiaisonEnd::OfficeEnded), "2026-07-01");
    house.project(&feed).await;
    let seen = candidates::by_ids(&house.pool, &[person(7)]).await.unwrap().pop().unwrap();
    assert!(seen.in_pool);
    assert_eq!((seen.liaison, seen.assigned_on, seen.version), (None, None, 7));
    assert_eq!((seen.talks, seen.trainings), (2, 1));
    assert_eq!(seen.last_talk, Some(day("2026-03-20")), "the second talk was corrected to an earlier day");
    let talks = candidates::talks_of(&house.pool, person(7)).await.unwrap();
    assert_eq!((talks[0].number, talks[0].corrections, talks[0].held_on), (2, 1, day("2026-03-10")));
    assert_eq!(talks[0].corrected_by, [Uuid::from_u128(5)]);
    let assignments = candidates::assignments_of(&house.pool, person(7)).await.unwrap();
    assert_eq!((assignments.len(), assignments[0].to), (1, Some(day("2026-06-30"))));
    assert_eq!(assignments[0].reason, Some(LiaisonEnd::OfficeEnded));
    assert_eq!(candidates::trainings_of(&house.pool, person(7)).await.unwrap()[0].hours_tenths, 240);
    let content = house.content(peiyu_views::View::Candidates).await.join("\n");
    assert!(!content.contains("教学与科研"), "what was said stands in no read model");
}

#[tokio::test]
async fn an_obligation_is_met_by_what_it_asks_for_and_lapses_otherwise() {
    let house = house().await;
    let mut feed = Feed::default();
    feed.candidate(7, entered("2026-03-01"), "2026-03-01")
        .candidate(7, assigned(2, "2026-03-02"), "2026-03-03")
        .candidate(7, talked(1, 2, "2026-03-20"), "2026-03-21")
        .candidate(7, left("2026-06-01"), "2026-06-02");
    house.project(&feed).await;
    let mut seen = obligations::of_candidate(&house.pool, person(7)).await.unwrap();
    seen.sort_by_key(|obligation| obligation.position);
    let told: Vec<_> = seen.iter().map(|one| (one.kind, one.anchor, one.how, one.closed_on)).collect();
    assert_eq!(
        told,
        [
            (DutyKind::LiaisonGap, day("2026-03-01"), Some(Closing::Met), Some(day("2026-03-02"))),
            (DutyKind::FirstTalk, day("2026-03-02"), Some(Closing::Met), Some(day("2026-03-20"))),
            (DutyKind::NextTalk, day("2026-03-20"), Some(Closing::Lapsed), Some(day("2026-06-01"))),
        ]
    );
    assert_eq!(seen[1].opened_by, Uuid::from_u128(2));
    assert_eq!(seen[1].known_on, day("2026-03-03"));
}

#[tokio::test]
async fn a_tick_finds_what_is_due_by_a_day_in_pages() {
    let house = house().await;
    let mut feed = Feed::default();
    for id in 1..=5_u128 {
        let since = format!("2026-03-0{id}");
        feed.candidate(100 + id, entered("2026-02-01"), "2026-02-01").candidate(
            100 + id,
            assigned(2, &since),
            &since,
        );
    }
    feed.candidate(200, entered("2026-03-28"), "2026-03-28");
    house.project(&feed).await;
    let policy = Policy::shipped();
    let cutoffs = Cutoffs::due_by(day("2026-04-03"), policy);
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = obligations::open_due_by(&house.pool, &cutoffs, after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(obligations::After { anchor: last.anchor, id: last.id });
        seen.extend(page.iter().map(|one| one.candidate));
    }
    assert_eq!(
        seen,
        [person(101), person(102), person(103)],
        "first talks of March 1 to 3 are due on April 1 to 3"
    );
    assert_eq!(obligations::for_liaison(&house.pool, person(2)).await.unwrap().len(), 5);
    let gap = Cutoffs::due_by(day("2026-04-04"), policy);
    let due = obligations::open_due_by(&house.pool, &gap, None, 10).await.unwrap();
    assert!(due.iter().any(|one| one.candidate == person(200) && one.kind == DutyKind::LiaisonGap));
}

#[tokio::test]
async fn a_reminder_shows_what_it_named_and_how_it_went() {
    let house = house().await;
    let mut feed = Feed::default();
    let id = ReminderId::of(person(2), day("2026-04-01"), "mail");
    let obligation = Uuid::from_u128(600);
    let named = Named {
        obligation,
        kind: DutyKind::FirstTalk,
        about: person(7),
        due_on: day("2026-04-01"),
        rung: Rung::Due,
    };
    let claim = |attempt| ReminderEvent::ReminderClaimed {
        addressee: person(2),
        day: day("2026-04-01"),
        channel: "mail".into(),
        names: vec![named.clone()],
        attempt,
        at: at_noon("2026-04-01"),
    };
    feed.push(id.0.as_u128(), AnyEvent::Reminder(claim(1)), "2026-04-01");
    house.project(&feed).await;
    let waiting = reminders::unfinished(&house.pool, at_noon("2026-04-02"), 10).await.unwrap();
    assert_eq!(waiting.iter().map(|one| one.id).collect::<Vec<_>>(), [id]);

    let sent = ReminderEvent::ReminderSent { receipt: "250 ok".into(), possible_double: true };
    feed.push(id.0.as_u128(), AnyEvent::Reminder(claim(2)), "2026-04-01").push(
        id.0.as_u128(),
        AnyEvent::Reminder(sent),
        "2026-04-01",
    );
    house.project(&feed).await;
    let told = reminders::explain(&house.pool, obligation).await.unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].stage, told[0].attempts, told[0].possible_double), (Stage::Sent, 2, true));
    let already = reminders::already_named(&house.pool, &[obligation, Uuid::from_u128(601)]).await.unwrap();
    assert_eq!((already.len(), already[0].addressee, already[0].rung), (1, person(2), Rung::Due));
    let filter = reminders::Filter { addressee: Some(person(2)), ..reminders::Filter::default() };
    assert_eq!(
        reminders::list(&house.pool, &filter, &Sight::Everybody, 10).await.unwrap()[0].receipt.as_deref(),
        Some("250 ok")
    );
    let none = reminders::Filter { from: Some(day("2026-04-02")), ..reminders::Filter::default() };
    assert!(reminders::list(&house.pool, &none, &Sight::Everybody, 10).await.unwrap().is_empty());
    assert_eq!(reminders::names_of(&house.pool, id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_dossier_tells_every_event_in_order_and_in_which_role() {
    let house = house().await;
    let mut feed = Feed::default();
    feed.tree();
    let start = feed.head();
    let reminder = ReminderId::of(person(2), day("2026-04-01"), "mail").0.as_u128();
    let claimed = ReminderEvent::ReminderClaimed {
        addressee: person(2),
        day: day("2026-04-01"),
        channel: "mail".into(),
        names: Vec::new(),
        attempt: 1,
        at: at_noon("2026-04-01"),
    };
    let sent = ReminderEvent::ReminderSent { receipt: "250 ok".into(), possible_double: false };
    feed.candidate(7, entered("2026-03-01"), "2026-03-01")
        .candidate(7, assigned(2, "2026-03-02"), "2026-03-02")
        .candidate(7, talked(1, 2, "2026-03-20"), "2026-03-21")
        .push(reminder, AnyEvent::Reminder(claimed), "2026-04-01")
        .push(reminder, AnyEvent::Reminder(sent), "2026-04-01");
    house.project(&feed).await;
    let of = |entries: Vec<dossier::Entry>| -> Vec<(i64, Role, String)> {
        entries.into_iter().map(|one| (one.position - start, one.role, one.event_type)).collect()
    };
    let candidate = of(dossier::of(&house.pool, person(7), 0, 100).await.unwrap());
    assert_eq!(
        candidate,
        [
            (1, Role::Subject, "PoolEntered".to_owned()),
            (2, Role::Subject, "LiaisonAssigned".to_owned()),
            (3, Role::Subject, "TalkRecorded".to_owned()),
        ]
    );
    let liaison = of(dossier::of(&house.pool, person(2), start, 100).await.unwrap());
    let roles: Vec<Role> = liaison.iter().map(|(_, role, _)| *role).collect();
    assert_eq!(roles, [Role::Liaison, Role::Talker, Role::Addressee, Role::Addressee]);
    let before = dossier::of(&house.pool, person(2), 0, 100).await.unwrap();
    assert!(before.iter().any(|entry| entry.role == Role::Holder && entry.policy_version.is_some()));
}

#[tokio::test]
async fn a_class_counts_participants_and_results() {
    let house = house().await;
    let mut feed = Feed::default();
    let plan = ClassPlan {
        title: text("高知群体培训班"),
        organisation: organisation(SCHOOL),
        form: TrainingForm::ConcentratedTraining,
        from: day("2026-05-01"),
        to: day("2026-05-03"),
        hours_tenths: 240,
        places: Some(40),
    };
    let completed = TrainingClassEvent::ParticipantCompleted {
        participant: person(7),
        on: day("2026-05-03"),
        hours_tenths: 200,
        outcome: Outcome::Excellent,
    };
    for event in [
        TrainingClassEvent::TrainingPlanned { plan },
        TrainingClassEvent::ParticipantEnrolled { participant: person(7) },
        TrainingClassEvent::ParticipantEnrolled { participant: person(8) },
        completed,
    ] {
        feed.push(50, AnyEvent::TrainingClass(event), "2026-04-01");
    }
    house.project(&feed).await;
    let class = ClassId(Uuid::from_u128(50));
    let seen = training::by_id(&house.pool, class).await.unwrap().unwrap();
    assert_eq!((seen.enrolled, seen.completed, seen.version, seen.places), (2, 1, 4, Some(40)));
    let people = training::participants(&house.pool, class, None, 10).await.unwrap();
    assert_eq!(people.iter().map(|one| one.outcome).collect::<Vec<_>>(), [Some(Outcome::Excellent), None]);
    assert_eq!(training::list(&house.pool, None, 10).await.unwrap().len(), 1);
    assert_eq!(training::of_person(&house.pool, person(8)).await.unwrap()[0].class, class);
}

#[tokio::test]
async fn an_import_shows_progress_and_then_the_whole() {
    let house = house().await;
    let mut feed = Feed::default();
    let started = ImportEvent::ImportStarted {
        kind: ImportKind::Roster,
        file_hash: "ab".into(),
        file_name: "名册.xlsx".to_owned().into(),
        mapping: BTreeMap::new(),
        rows: 400,
        rejected: 3,
        rejected_by_reason: BTreeMap::from([("name_missing".into(), 3)]),
        rejected_rows: vec![5, 6, 9],
    };
    let counts = ChunkCounts { accepted: 200, new: 150, changed: 50, ..ChunkCounts::default() };
    let chunk = |chunk| ImportEvent::ImportChunkApplied { chunk, counts: counts.clone() };
    for event in [started, chunk(0), chunk(1)] {
        feed.push(77, AnyEvent::Import(event), "2026-04-01");
    }
    house.project(&feed).await;
    let id = ImportId(Uuid::from_u128(77));
    let seen = imports::by_id(&house.pool, id).await.unwrap().unwrap();
    assert_eq!((seen.chunks, seen.counts.accepted, seen.finished_at), (2, 400, None));
    assert_eq!(seen.rejected_rows, [5, 6, 9]);
    let finished = ImportEvent::ImportFinished { counts, absent: 12 };
    feed.push(77, AnyEvent::Import(finished), "2026-04-01");
    house.project(&feed).await;
    let seen = imports::latest(&house.pool, 10).await.unwrap().pop().unwrap();
    assert_eq!((seen.absent, seen.counts.accepted, seen.finished_at.is_some()), (Some(12), 200, true));
}

#[tokio::test]
async fn an_account_shows_its_rights_and_whether_it_is_open() {
    let house = house().await;
    let mut feed = Feed::default();
    for event in [
        AccountEvent::AccountOpened { person: Some(person(4)) },
        AccountEvent::RightGranted { right: Right::FeedRead },
        AccountEvent::RightGranted { right: Right::Operate },
        AccountEvent::RightRevoked { right: Right::Operate },
        AccountEvent::AccountClosed {},
    ] {
        feed.push(80, AnyEvent::Account(event), "2026-04-01");
    }
    feed.push(81, AnyEvent::Account(AccountEvent::AccountOpened { person: Some(person(4)) }), "2026-05-01");
    house.project(&feed).await;
    let closed = accounts::by_id(&house.pool, AccountId(Uuid::from_u128(80))).await.unwrap().unwrap();
    assert_eq!((closed.status, closed.granted), (accounts::Status::Closed, vec![Right::FeedRead]));
    let open = accounts::by_person(&house.pool, person(4)).await.unwrap().unwrap();
    assert_eq!(open.id, AccountId(Uuid::from_u128(81)));
    assert!(accounts::by_person(&house.pool, PersonId(Uuid::nil())).await.unwrap().is_none());
}

#[tokio::test]
async fn a_policy_keeps_its_whole_text() {
    let house = house().await;
    let mut feed = Feed::default();
    let policy = Policy::shipped();
    let adopted = PolicyEvent::PolicyAdopted {
        version: policy.version.clone(),
        valid_from: policy.valid_from,
        hash: policy.hash.clone(),
        content: Policy::shipped_text().to_owned(),
    };
    feed.push(90, AnyEvent::Policy(adopted), "2026-01-01");
    house.project(&feed).await;
    let seen = policies::all(&house.pool).await.unwrap().pop().unwrap();
    assert_eq!(Policy::parse(&seen.content).unwrap(), *policy);
}

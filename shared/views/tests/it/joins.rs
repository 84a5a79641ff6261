//! Questions that join several read models.

use std::collections::BTreeSet;

use peiyu_domain::AnyEvent;
use peiyu_domain::access::Scope;
use peiyu_domain::calendar::Calendar;
use peiyu_domain::candidate::events::LiaisonEnd;
use peiyu_domain::duties::why::Reason;
use peiyu_domain::duties::{DutyKind, due_on};
use peiyu_domain::person::PersonEvent;
use peiyu_domain::policy::Policy;
use peiyu_domain::values::{Category, OfficeKind};
use peiyu_views::digests::{Now, Numbers, explain};
use peiyu_views::obligations::Cutoffs;
use peiyu_views::places::{self, Places, Sight};
use peiyu_views::pool::{self, Direction, Order, PoolFilter, Sort, Terms};
use peiyu_views::{addressees, coverage, leaders, organisations, summary};
use uuid::Uuid;

use crate::support::{
    BRANCH, DEPARTMENT, Feed, House, SCHOOL, assigned, corrected, day, ended, entered, house, left,
    organisation, person, talked,
};

/// Five people of the pool: 11 and 12 of the branch's room, 13 of the school, 14 of another school, 15 who left.
async fn peopled() -> (House, Feed) {
    let house = house().await;
    let mut feed = Feed::default();
    feed.tree()
        .person(11, "安一", "计算机学院", "软件教研室")
        .person(12, "白二", "计算机学院", "软件教研室")
        .person(13, "陈三", "计算机学院", "网络教研室")
        .person(14, "丁四", "数学学院", "")
        .person(15, "方五", "计算机学院", "软件教研室");
    for id in 11..=15 {
        feed.candidate(id, entered("2026-03-01"), "2026-03-01");
    }
    let doctor = PersonEvent::EligibilityAssessed {
        key_group: true,
        basis: Vec::new(),
        categories: vec![Category::Doctor, Category::SeniorTitle],
    };
    feed.push(12, AnyEvent::Person(doctor), "2026-03-01")
        .candidate(11, assigned(2, "2026-03-05"), "2026-03-05")
        .candidate(11, talked(1, 2, "2026-04-01"), "2026-04-01")
        .candidate(12, assigned(2, "2026-03-05"), "2026-03-05")
        .candidate(14, assigned(3, "2026-03-11"), "2026-03-11")
        .candidate(15, left("2026-05-01"), "2026-05-01");
    house.project(&feed).await;
    (house, feed)
}

async fn names(house: &House, filter: &PoolFilter) -> Vec<String> {
    let rows = pool::list(&house.pool, filter, Order::NAMES, None, 50).await.unwrap();
    let all = i64::try_from(rows.len()).unwrap();
    assert_eq!(pool::count(&house.pool, filter, i64::MAX).await.unwrap(), all);
    assert_eq!(pool::count(&house.pool, filter, 1).await.unwrap(), all.min(1));
    rows.into_iter().map(|row| row.name).collect()
}

#[tokio::test]
async fn the_pool_is_listed_by_pinyin_in_pages() {
    let (house, _feed) = peopled().await;
    let all = PoolFilter::all(Sight::Everybody, day("2026-05-02"));
    assert_eq!(names(&house, &all).await, ["安一", "白二", "陈三", "丁四"]);
    let first = pool::list(&house.pool, &all, Order::NAMES, None, 3).await.unwrap();
    let rest = pool::list(&house.pool, &all, Order::NAMES, Some(&first[2].cursor(None)), 3).await.unwrap();
    assert_eq!(rest.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["丁四"]);
    assert_eq!(first[0].liaison_name.as_deref(), Some("李书记"));
    assert_eq!(first[0].last_talk, Some(day("2026-04-01")));
    assert_eq!(first[0].obligations[0].kind, DutyKind::NextTalk);
}

#[tokio::test]
async fn every_filter_of_the_pool_filters() {
    let (house, _feed) = peopled().await;
    let all = || PoolFilter::all(Sight::Everybody, day("2026-05-02"));
    let cases = [
        (PoolFilter { category: Some(Category::Doctor), ..all() }, vec!["白二"]),
        (PoolFilter { unit: Some("数学学院".into()), ..all() }, vec!["丁四"]),
        (PoolFilter { has_liaison: Some(false), ..all() }, vec!["陈三"]),
        (PoolFilter { liaison: Some(person(2)), ..all() }, vec!["安一", "白二"]),
        (PoolFilter { last_talk_before: Some(day("2026-04-01")), ..all() }, vec!["白二", "陈三", "丁四"]),
        (PoolFilter { never_talked: true, ..all() }, vec!["白二", "陈三", "丁四"]),
        (PoolFilter { text: Some("ds".into()), ..all() }, vec!["丁四"]),
        (PoolFilter { text: Some("0000013".into()), ..all() }, vec!["陈三"]),
    ];
    for (filter, expected) in cases {
        assert_eq!(names(&house, &filter).await, expected, "{filter:?}");
    }
    let overdue = Cutoffs::overdue_on(day("2026-04-06"), Policy::shipped());
    // The first talk since March 5 was due on April 5; the gap since March 1 is long due.
    assert_eq!(names(&house, &PoolFilter { due_by: Some(overdue), ..all() }).await, ["白二", "陈三"]);
    let tree = organisations::tree(&house.pool).await.unwrap();
    let places = Some(Places::under(&house.pool, &tree, &[organisation(BRANCH)]).await.unwrap());
    assert_eq!(names(&house, &PoolFilter { places, ..all() }).await, ["安一", "白二"]);
}

/// Everybody in that order, two at a time.
async fn in_order(house: &House, sort: Sort, direction: Direction) -> Vec<String> {
    let (all, order) = (PoolFilter::all(Sight::Everybody, day("2026-05-02")), Order { sort, direction });
    let day_of = |row: &pool::PoolRow| match sort {
        Sort::LastTalk => row.last_talk,
        Sort::NextDue(_) => {
            row.obligations.iter().map(|open| due_on(open.kind, open.anchor, Policy::shipped())).min()
        }
        Sort::Name | Sort::Unit => None,
    };
    let (mut names, mut cursor) = (Vec::new(), None);
    loop {
        let page = pool::list(&house.pool, &all, order, cursor.as_ref(), 2).await.unwrap();
        let Some(last) = page.last() else { return names };
        cursor = Some(last.cursor(day_of(last)));
        names.extend(page.into_iter().map(|row| row.name));
    }
}

#[tokio::test]
async fn the_order_by_due_day_is_that_of_the_rules() {
    use Direction::{Ascending, Descending};
    let (house, mut feed) = peopled().await;
    // The first talk with 白二 is due on April 5, the gap of 陈三 long before, the others later.
    let due = Sort::NextDue(Terms::of(Policy::shipped()));
    let all = PoolFilter::all(Sight::Everybody, day("2026-05-02"));
    let mut expected = pool::list(&house.pool, &all, Order::NAMES, None, 50).await.unwrap();
    let day_of = |row: &pool::PoolRow| {
        row.obligations.iter().map(|open| due_on(open.kind, open.anchor, Policy::shipped())).min()
    };
    expected.sort_by_key(|row| (day_of(row), row.sort_key.clone()));
    let expected: Vec<_> = expected.into_iter().map(|row| row.name).collect();
    assert_eq!(in_order(&house, due, Ascending).await, expected);
    assert_eq!(expected.first().map(String::as_str), Some("陈三"));
    let backwards: Vec<_> = expected.iter().rev().cloned().collect();
    assert_eq!(in_order(&house, due, Descending).await, backwards);
    // A month's end: from 31 August six months lead to the last of February, before 1 March.
    feed.candidate(12, talked(1, 2, "2026-08-31"), "2026-08-31").candidate(
        14,
        talked(1, 3, "2026-09-01"),
        "2026-09-01",
    );
    house.project(&feed).await;
    let after = in_order(&house, due, Ascending).await;
    let place = |name: &str| after.iter().position(|one| one == name).unwrap();
    assert!(place("白二") < place("丁四"), "{after:?}");
}

#[tokio::test]
async fn every_order_pages_without_loss_either_way() {
    use Direction::{Ascending, Descending};
    let (house, _feed) = peopled().await;
    assert_eq!(in_order(&house, Sort::Name, Descending).await, ["丁四", "陈三", "白二", "安一"]);
    // Units by code point: 数 stands before 计.
    let units = in_order(&house, Sort::Unit, Ascending).await;
    assert_eq!(units, ["丁四", "安一", "白二", "陈三"]);
    assert_eq!(in_order(&house, Sort::Unit, Descending).await, ["安一", "白二", "陈三", "丁四"]);
    assert_eq!(in_order(&house, Sort::LastTalk, Ascending).await, ["白二", "陈三", "丁四", "安一"]);
    assert_eq!(in_order(&house, Sort::LastTalk, Descending).await, ["安一", "白二", "陈三", "丁四"]);
}

#[tokio::test]
async fn everybody_sees_their_part_of_the_tree_and_whom_they_accompany() {
    let (house, _feed) = peopled().await;
    let sight = async |scope: Scope, viewer: u128| {
        Sight::of(&house.pool, &scope, Some(person(viewer))).await.unwrap()
    };
    let branch = sight(Scope::Organisations(vec![organisation(BRANCH)]), 2).await;
    assert_eq!(names(&house, &PoolFilter::all(branch.clone(), day("2026-05-02"))).await, ["安一", "白二"]);
    let school = sight(Scope::Organisations(vec![organisation(SCHOOL)]), 3).await;
    assert_eq!(
        names(&house, &PoolFilter::all(school.clone(), day("2026-05-02"))).await,
        ["安一", "白二", "陈三", "丁四"],
        "丁四 is of another school, and accompanied by the viewer"
    );
    let own = async |viewer: u128| sight(Scope::OwnOnly, viewer).await;
    assert_eq!(names(&house, &PoolFilter::all(own(3).await, day("2026-05-02"))).await, ["丁四"]);
    let found = async |sight: &Sight, oneself: Option<u128>, text: &str, limit: i64| -> Vec<String> {
        let found = peiyu_views::persons::search(&house.pool, text, sight, oneself.map(person), limit);
        found.await.unwrap().into_iter().map(|one| one.name).collect()
    };
    // One row is enough for the one whom the viewer sees, however many others come before.
    assert_eq!(found(&own(3).await, None, "", 1).await, ["丁四"]);
    assert_eq!(found(&branch, Some(14), "四", 10).await, ["丁四"], "oneself is always found");
    assert!(found(&branch, None, "四", 10).await.is_empty());
    assert!(!places::sees(&house.pool, &branch, person(13)).await.unwrap());
    assert!(places::sees(&house.pool, &school, person(13)).await.unwrap());
    let machine = Sight::of(&house.pool, &Scope::OwnOnly, None).await.unwrap();
    assert!(names(&house, &PoolFilter::all(machine, day("2026-05-02"))).await.is_empty());
}

#[tokio::test]
async fn coverage_tells_who_has_nobody_and_who_accompanies_nobody() {
    let (house, _feed) = peopled().await;
    let seen = coverage::as_of(&house.pool, day("2026-03-10"), &Sight::Everybody).await.unwrap();
    assert_eq!((seen.pool, seen.covered), (5, 2), "方五 was still in, 丁四 not yet accompanied");
    let without: Vec<_> =
        seen.without.iter().map(|one| (one.name.as_str(), one.gap_since, one.days)).collect();
    let since = day("2026-03-01");
    assert_eq!(without, [("陈三", since, 10), ("丁四", since, 10), ("方五", since, 10)]);
    let leaders: Vec<_> = seen.leaders.iter().map(|one| (one.name.as_str(), one.load, one.obliged)).collect();
    assert_eq!(leaders, [("王书记", 0, true), ("赵部长", 0, false), ("李书记", 2, true)]);
    assert_eq!(seen.with_nobody().map(|leader| leader.person).collect::<Vec<_>>(), [person(3)]);
    let later = coverage::as_of(&house.pool, day("2026-05-01"), &Sight::Everybody).await.unwrap();
    assert_eq!((later.pool, later.covered), (4, 3));
}

#[tokio::test]
async fn a_hand_over_leaves_no_gap_and_an_end_opens_one_on_the_next_day() {
    let (house, mut feed) = peopled().await;
    feed.candidate(11, ended(2, "2026-06-10", LiaisonEnd::HandOver), "2026-06-10")
        .candidate(11, assigned(3, "2026-06-10"), "2026-06-10")
        .candidate(12, ended(2, "2026-06-20", LiaisonEnd::Unavailable), "2026-06-20");
    house.project(&feed).await;
    let on_day = async |day_text: &str| {
        coverage::without_liaison(&house.pool, day(day_text), &Sight::Everybody, 10).await
    };
    let without: Vec<_> = on_day("2026-06-20").await.unwrap().into_iter().map(|one| one.candidate).collect();
    assert_eq!(without, [person(13)], "the last day is still a day with a liaison");
    let without = on_day("2026-06-22").await.unwrap();
    let of_12 = without.iter().find(|one| one.candidate == person(12)).unwrap();
    assert_eq!((of_12.gap_since, of_12.days), (day("2026-06-21"), 2));
    // Day by day, back to before anybody was in: who is named is who is missing from those covered.
    let mut one = day("2026-02-27");
    while one < day("2026-06-30") {
        let seen = coverage::as_of(&house.pool, one, &Sight::Everybody).await.unwrap();
        assert_eq!(i64::try_from(seen.without.len()).unwrap(), seen.pool - seen.covered, "{one}");
        let found = coverage::gaps(&house.pool, one, &Sight::Everybody, None, 100).await.unwrap();
        let gaps = found.rows;
        let open: BTreeSet<_> = gaps.iter().filter(|gap| gap.is_open(one)).map(|gap| gap.candidate).collect();
        assert_eq!(open, seen.without.iter().map(|without| without.candidate).collect(), "{one}");
        // Where not all are listed, closed ones are left off first and all are counted.
        let cut = coverage::gaps(&house.pool, one, &Sight::Everybody, None, 1).await.unwrap();
        let counted = [gaps.len(), open.len()].map(|count| i64::try_from(count).unwrap());
        assert_eq!([found.total, found.open], counted, "{one}");
        assert!(cut.rows.is_empty() || [cut.total, cut.open] == counted, "{one}");
        assert_eq!(cut.rows.iter().any(|gap| gap.is_open(one)), !open.is_empty(), "{one}");
        one = one.tomorrow().unwrap();
    }
    let leaders = coverage::leaders(&house.pool, day("2026-06-10")).await.unwrap();
    let loads: Vec<_> = leaders.iter().map(|one| (one.person, one.load)).collect();
    assert!(loads.contains(&(person(3), 2)) && loads.contains(&(person(2), 1)), "{loads:?}");

    let gaps =
        coverage::gaps(&house.pool, day("2026-06-22"), &Sight::Everybody, None, 100).await.unwrap().rows;
    // Listed are open ones first; here by day.
    let of = |who: u128| -> Vec<_> {
        let theirs = gaps.iter().filter(|gap| gap.candidate == person(who));
        let days: BTreeSet<_> = theirs.map(|gap| (gap.from, gap.to, gap.days)).collect();
        days.into_iter().collect()
    };
    assert_eq!(of(11), [(day("2026-03-01"), day("2026-03-04"), 4)]);
    assert_eq!(of(12)[1], (day("2026-06-21"), day("2026-06-22"), 2));
    assert_eq!(of(15), [(day("2026-03-01"), day("2026-04-30"), 61)], "until the day before leaving");
    for candidate in [11, 12, 13] {
        let timeline =
            peiyu_views::obligations::timeline_of(&house.pool, person(candidate)).await.unwrap().unwrap();
        let told: Vec<_> = timeline.gaps(day("2026-06-22")).iter().map(|gap| (gap.from, gap.to)).collect();
        assert_eq!(
            of(candidate).iter().map(|gap| (gap.0, gap.1)).collect::<Vec<_>>(),
            told,
            "as the domain says"
        );
    }
}

#[tokio::test]
async fn on_the_last_day_everybody_says_covered_and_on_the_next_everybody_says_gap() {
    let (house, mut feed) = peopled().await;
    feed.candidate(12, ended(2, "2026-06-20", LiaisonEnd::Unavailable), "2026-06-20");
    house.project(&feed).await;
    let (policy, calendar) = (Policy::shipped(), Calendar::shipped());
    let overdue = Cutoffs::overdue_on(day("2026-06-20"), policy);
    for (asked, covered) in [(day("2026-06-20"), true), (day("2026-06-21"), false)] {
        let timeline = peiyu_views::obligations::timeline_of(&house.pool, person(12)).await.unwrap().unwrap();
        let gaps = timeline.gaps(asked);
        assert_eq!(gaps.iter().all(|gap| gap.to < asked), covered, "the domain on {asked}: {gaps:?}");
        let picture = coverage::as_of(&house.pool, asked, &Sight::Everybody).await.unwrap();
        let uncovered: Vec<_> = picture.without.iter().map(|one| one.candidate).collect();
        assert_eq!(!uncovered.contains(&person(12)), covered, "coverage on {asked}");
        for has_liaison in [true, false] {
            let filter =
                PoolFilter { has_liaison: Some(has_liaison), ..PoolFilter::all(Sight::Everybody, asked) };
            let listed = names(&house, &filter).await.contains(&"白二".to_owned());
            assert_eq!(listed, covered == has_liaison, "the pool on {asked}, has_liaison {has_liaison}");
        }
        let numbers = summary::of(&house.pool, &Sight::Everybody, asked, &overdue, asked).await.unwrap();
        assert_eq!(numbers.without_liaison, picture.pool - picture.covered, "the summary on {asked}");
        let now = Now { day: asked, time: jiff::civil::time(9, 0, 0, 0) };
        let explained = explain(&house.pool, person(12), now, Numbers { policy, calendar }).await.unwrap();
        let gap = explained.iter().find(|duty| duty.kind == DutyKind::LiaisonGap && duty.closed_by.is_none());
        assert_eq!(gap.unwrap().gap_from > Some(asked), covered, "explain on {asked}");
    }
}

#[tokio::test]
async fn a_duty_is_told_as_met_on_the_day_of_its_talk_as_corrected() {
    let (house, mut feed) = peopled().await;
    feed.candidate(11, corrected(1, "2026-03-31"), "2026-04-02");
    house.project(&feed).await;
    let (policy, calendar) = (Policy::shipped(), Calendar::shipped());
    let now = Now { day: day("2026-04-03"), time: jiff::civil::time(9, 0, 0, 0) };
    let explained = explain(&house.pool, person(11), now, Numbers { policy, calendar }).await.unwrap();
    let of = |kind| explained.iter().find(|duty| duty.kind == kind).unwrap();
    let told: Vec<_> = of(DutyKind::FirstTalk).rungs.iter().flat_map(|rung| &rung.told).collect();
    assert!(!told.is_empty());
    for one in told {
        let is_met = matches!(one.reason, Reason::Met { on, .. } if on == day("2026-03-31"));
        assert!(is_met, "{:?}", one.reason);
    }
    assert_eq!(of(DutyKind::NextTalk).anchor, day("2026-03-31"));
}

#[tokio::test]
async fn a_leader_with_nobody_is_known_by_office_or_by_the_last_end() {
    let (house, mut feed) = peopled().await;
    let before = leaders::with_nobody(&house.pool, day("2026-03-10")).await.unwrap();
    assert_eq!(
        before.iter().map(|one| (one.person, one.anchor)).collect::<Vec<_>>(),
        [(person(3), day("2026-01-05"))],
        "an office obliges from the day on which it became known"
    );
    assert!(leaders::with_nobody(&house.pool, day("2026-03-11")).await.unwrap().is_empty());
    feed.candidate(14, ended(3, "2026-06-10", LiaisonEnd::Unavailable), "2026-06-12");
    let end = feed.head();
    house.project(&feed).await;
    assert!(leaders::with_nobody(&house.pool, day("2026-06-10")).await.unwrap().is_empty());
    let after = leaders::with_nobody(&house.pool, day("2026-06-11")).await.unwrap();
    assert_eq!((after[0].anchor, after[0].known_on), (day("2026-06-10"), day("2026-06-12")));
    assert_eq!(after[0].opened_by, Uuid::from_u128(u128::try_from(end).unwrap()));
    assert_ne!(after[0].id, before[0].id);
}

#[tokio::test]
async fn the_ladder_goes_from_liaison_to_department() {
    let (house, mut feed) = peopled().await;
    feed.office(DEPARTMENT, 5, OfficeKind::DepartmentOfficer, "2025-09-01", Some("2026-04-01"));
    house.project(&feed).await;
    let people = [person(11), person(13), person(14), person(99)];
    let found = addressees::of(&house.pool, &people, day("2026-03-31")).await.unwrap();
    let of = &found[&person(11)];
    assert_eq!(of.liaison, Some(person(2)));
    assert_eq!(of.branch_secretaries, [person(2)]);
    assert_eq!(of.general_branch_secretaries, [person(3)]);
    assert_eq!(of.organisation_department, [person(4), person(5)]);
    assert!(found[&person(13)].branch_secretaries.is_empty(), "no branch of that room");
    assert!(found[&person(14)].general_branch_secretaries.is_empty(), "no committee of that unit");
    assert!(!found.contains_key(&person(99)));
    let later = addressees::of(&house.pool, &people, day("2026-04-01")).await.unwrap();
    assert_eq!(later[&person(11)].organisation_department, [person(4)]);
}

#[tokio::test]
async fn the_summary_counts_what_the_viewer_sees() {
    let (house, _feed) = peopled().await;
    let overdue = Cutoffs::overdue_on(day("2026-04-06"), Policy::shipped());
    let all = summary::of(&house.pool, &Sight::Everybody, day("2026-05-02"), &overdue, day("2026-01-01"))
        .await
        .unwrap();
    let expected =
        summary::Summary { pool: 4, without_liaison: 1, never_talked: 3, overdue: 2, talks: 1, trainings: 0 };
    assert_eq!(all, expected);
    let own =
        summary::of(&house.pool, &Sight::Own(person(2)), day("2026-05-02"), &overdue, day("2026-04-02"))
            .await
            .unwrap();
    let expected =
        summary::Summary { pool: 2, without_liaison: 0, never_talked: 1, overdue: 1, talks: 0, trainings: 0 };
    assert_eq!(own, expected);
}
